"""What changed from one version of a scorecard to another, item by item, matched by key."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quality.documents import NUMBER_FIELDS, POLICY_SWITCHES, SCORING_SWITCHES
from quality.scoring.numbers import BadValue, plain, read_number

Raw = Mapping[str, object]

WORDING = ("title", "text", "label", "help", "instructions", "texts")
WEIGHT = ("weight",)
POINTS = ("points", "max_points", "range_from", "range_to")
NOT_COMPARED = ("key", "position", "criteria", "sections", "options")
DEFAULTS: dict[str, object] = {
    "kind": "single",
    "is_scored": True,
    "allow_na": True,
    "is_required": True,
    "fail_trigger": "none",
    "step": "1",
    "comment_rule": "optional",
    "evidence_rule": "none",
    "default_rule": "none",
    "tone": "neutral",
    "na_policy": "proportional",
    "cap_percent": "100",
    "decimals": "2",
}


@dataclass(frozen=True)
class Change:
    """`kind` is added, removed, moved, reworded, weight, points, rule or switch.

    `item` is version, section, criterion or option; an option's key is "criterion/option".
    `field` is empty where the item as a whole changed; a move tells where it stood and stands.
    """

    kind: str
    item: str
    key: str
    name: str
    field: str = ""
    before: object = None
    after: object = None

    def as_dict(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "item": self.item,
            "key": self.key,
            "name": self.name,
            "field": self.field,
            "before": self.before,
            "after": self.after,
        }


@dataclass(frozen=True)
class Item:
    """One section, criterion or option of a version; `parent` is the key of what holds it."""

    sort: str
    key: str
    parent: str
    raw: Raw

    @property
    def name(self) -> str:
        for field in ("text", "title", "label"):
            if self.raw.get(field):
                return str(self.raw[field])
        return self.key


def diff(before: Raw, after: Raw) -> list[Change]:
    """Changes of the switches first, then of the items in the order of reading.

    Both are documents in the shape of `quality.documents`. Spelling of numbers and fields left at
    their default make no difference.
    """
    old, new = items_of(before), items_of(after)
    return [
        *switch_changes(before, after),
        *(
            Change("removed", old[place].sort, old[place].key, old[place].name)
            for place in old
            if place not in new
        ),
        *item_changes(old, new),
    ]


def item_changes(
    old: Mapping[tuple[str, str], Item], new: Mapping[tuple[str, str], Item]
) -> Iterator[Change]:
    moved = moved_places(old, new)
    for place, item in new.items():
        if place not in old:
            yield Change("added", item.sort, item.key, item.name)
            continue
        if place in moved:
            was = old[place].parent
            yield Change("moved", item.sort, item.key, item.name, "", was, item.parent)
        yield from field_changes(old[place], item)


def switch_changes(before: Raw, after: Raw) -> Iterator[Change]:
    for name in (*SCORING_SWITCHES, "bands", *POLICY_SWITCHES, "language", "name"):
        was, now = value_of(before, name), value_of(after, name)
        if was != now:
            yield Change("switch", "version", "", "", name, was, now)


def field_changes(old: Item, new: Item) -> Iterator[Change]:
    for name in sorted({*old.raw, *new.raw} - set(NOT_COMPARED)):
        was, now = value_of(old.raw, name), value_of(new.raw, name)
        if was != now:
            yield Change(kind_of(name), new.sort, new.key, new.name, name, was, now)


def kind_of(field: str) -> str:
    if field in WORDING:
        return "reworded"
    if field in WEIGHT:
        return "weight"
    return "points" if field in POINTS else "rule"


# --- Values --------------------------------------------------------------------------------------


def value_of(raw: Raw, name: str) -> object:
    """The value in one spelling; None stands for nothing, an empty list and false alike."""
    if name == "cap_percent" and name in raw and raw[name] is None:
        return "none"
    value = raw.get(name)
    if value is None:
        value = DEFAULTS.get(name)
    found = tidy(value, is_number=name in NUMBER_FIELDS)
    return None if is_nothing(found) and name not in DEFAULTS else found


def is_nothing(value: object) -> bool:
    return value is None or value is False or value in ("", [], {})


def tidy(value: object, *, is_number: bool = False) -> object:
    """Numbers in their shortest spelling, also inside of bands and conditions."""
    if isinstance(value, Mapping):
        named = {key: tidy(part, is_number=key in NUMBER_FIELDS) for key, part in value.items()}
        return {key: part for key, part in named.items() if not is_nothing(part)}
    if isinstance(value, list | tuple):
        return [tidy(part) for part in value]
    return shortest(value) if is_number else value


def shortest(value: object) -> object:
    """A number in its shortest spelling; anything else as it is."""
    try:
        return plain(read_number(value, 6))
    except BadValue:
        return value


# --- Items and their places ----------------------------------------------------------------------


def items_of(document: Raw) -> dict[tuple[str, str], Item]:
    """All items by sort and key, in the order of reading."""
    return {(item.sort, item.key): item for item in walk(document, "")}


def walk(holder: Raw, parent: str) -> Iterator[Item]:
    for section in rows(holder, "sections"):
        key = str(section.get("key"))
        yield Item("section", key, parent, section)
        for criterion in rows(section, "criteria"):
            yield Item("criterion", str(criterion.get("key")), key, criterion)
            yield from options_of(criterion)
        yield from walk(section, key)


def options_of(criterion: Raw) -> Iterator[Item]:
    key = str(criterion.get("key"))
    for option in rows(criterion, "options"):
        yield Item("option", f"{key}/{option.get('key')}", key, option)


def rows(raw: Raw, name: str) -> list[Raw]:
    value = raw.get(name)
    found = value if isinstance(value, list | tuple) else []
    return [row for row in found if isinstance(row, Mapping)]


def moved_places(
    old: Mapping[tuple[str, str], Item], new: Mapping[tuple[str, str], Item]
) -> set[tuple[str, str]]:
    """Items with another parent, and the fewest that explain another order among siblings."""
    elsewhere = {p for p in new if p in old and old[p].parent != new[p].parent}
    by_parent: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for place, item in new.items():
        if place in old and place not in elsewhere:
            by_parent.setdefault((item.sort, item.parent), []).append(place)
    rank = {place: index for index, place in enumerate(old)}
    for siblings in by_parent.values():
        ranks = [rank[place] for place in siblings]
        kept = longest_ascending(ranks)
        elsewhere |= {place for place in siblings if rank[place] not in kept}
    return elsewhere


def longest_ascending(ranks: Sequence[int]) -> set[int]:
    """The members of a longest ascending run (with gaps) of different numbers."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for rank in ranks:
        place = bisect_left(ends, rank)
        before[rank] = ends[place - 1] if place else None
        ends[place : place + 1] = [rank]
    kept: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return kept
