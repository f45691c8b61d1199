"""Reads a scorecard version from plain data; names every problem with its path."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from quality import documents as known
from quality.scoring.card import ZERO, Band, Card, Criterion, Option, Section
from quality.scoring.condition_reading import read_condition
from quality.scoring.numbers import add_up
from quality.scoring.problems import FAR, MILLION, Fields, Notes


@dataclass
class Earlier:
    """What was read so far: conditions look back at it, and no key may come again."""

    criteria: dict[str, Criterion] = field(default_factory=dict)
    sections: set[str] = field(default_factory=set)


def compile_version(document: Mapping[str, object] | Card) -> Card:
    """Make a version ready for scoring; raises InvalidRequest. A Card is handed back as it is."""
    if isinstance(document, Card):
        return document
    notes = Notes()
    card = read_card(document, "scorecard", notes)
    notes.raise_any()
    return card


def read_card(raw: object, path: str, notes: Notes) -> Card:
    fields = Fields(raw, path, notes, known.VERSION_FIELDS)
    policy = fields.word("na_policy", known.NA_POLICIES, "proportional") or "proportional"
    card = Card(
        weight_mode=fields.required_word("weight_mode", known.WEIGHT_MODES),
        na_policy=policy,
        na_fixed_percent=fields.number("na_fixed_percent", 0, 100),
        pass_percent=fields.number("pass_percent", 0),
        cap_percent=read_cap(fields),
        decimals=read_decimals(fields),
        bands=read_bands(fields),
        sections=read_sections(fields, Earlier()),
    )
    if policy == "fixed" and not fields.has("na_fixed_percent"):
        fields.problem("na_fixed_percent", "not_a_number", "na_policy fixed needs a percent here.")
    if not fields.has("sections"):
        fields.problem("sections", "wrong_kind", "A list of sections is needed.")
    check_size(card, fields)
    return card


def check_size(card: Card, fields: Fields) -> None:
    for name, count, most in (
        ("sections", len(card.every_section), known.MAX_SECTIONS),
        ("criteria", len(card.items), known.MAX_CRITERIA),
    ):
        if count > most:
            message = f"At most {most} {name} are possible, here are {count}."
            fields.problem("sections", "too_large", message)


def read_cap(fields: Fields) -> Fraction | None:
    """100 where nothing is said; null or "none" takes the cap away."""
    if "cap_percent" not in fields.raw:
        return Fraction(100)
    if fields.raw["cap_percent"] in (None, "none"):
        return None
    return fields.number("cap_percent", 100)


def read_decimals(fields: Fields) -> int:
    value = fields.number("decimals", 0, 4, decimals=0)
    return 2 if value is None else int(value)


def read_bands(fields: Fields) -> tuple[Band, ...]:
    bands = []
    for path, raw in fields.items("bands", known.MAX_BANDS):
        band = Fields(raw, path, fields.notes, known.BAND_FIELDS)
        start = band.number("from_percent", 0)
        if not band.has("from_percent"):
            band.problem("from_percent", "not_a_number", "Say where the band begins.")
        bands.append(Band(band.text("label", 250), start or ZERO))
    return tuple(bands)


def read_sections(fields: Fields, earlier: Earlier) -> tuple[Section, ...]:
    rows = fields.items("sections", known.MAX_SECTIONS)
    return tuple(read_section(path, raw, fields.notes, earlier, True) for path, raw in rows)


def read_subsections(fields: Fields, earlier: Earlier, is_top: bool) -> tuple[Section, ...]:
    rows = fields.items("sections", known.MAX_SECTIONS)
    if rows and not is_top:
        fields.problem("sections", "too_deep", "A subsection cannot hold sections of its own.")
        return ()
    return tuple(read_section(path, raw, fields.notes, earlier, False) for path, raw in rows)


def read_section(path: str, raw: object, notes: Notes, earlier: Earlier, is_top: bool) -> Section:
    fields = Fields(raw, path, notes, known.SECTION_FIELDS)
    key = fields.key()
    note_repeat(fields, key, earlier.sections)
    earlier.sections.add(key)
    return Section(
        key=key,
        weight=fields.number("weight", 0),
        is_scored=fields.flag("is_scored", default=True),
        is_bonus=fields.flag("is_bonus"),
        fail_below_percent=fields.number("fail_below_percent", 0, 100),
        fail_scope=fields.word("fail_scope", known.SCOPES),
        condition=read_condition(fields, earlier.criteria),
        bands=read_bands(fields),
        criteria=read_criteria(fields, earlier),
        sections=read_subsections(fields, earlier, is_top),
    )


def note_repeat(fields: Fields, key: str, taken: Container[str]) -> None:
    if key and key in taken:
        fields.problem("key", "duplicate_key", f"The key {key[:40]} is used twice.")


def read_criteria(fields: Fields, earlier: Earlier) -> tuple[Criterion, ...]:
    """Read in order, so that each condition can look back at what stands before it."""
    criteria = []
    for path, raw in fields.items("criteria", known.MAX_CRITERIA):
        criterion = read_criterion(path, raw, fields.notes, earlier)
        earlier.criteria[criterion.key] = criterion
        criteria.append(criterion)
    return tuple(criteria)


def read_criterion(path: str, raw: object, notes: Notes, earlier: Earlier) -> Criterion:
    fields = Fields(raw, path, notes, known.CRITERION_FIELDS)
    key = fields.key()
    note_repeat(fields, key, earlier.criteria)
    kind = fields.word("kind", known.KINDS, "single") or "single"
    options = read_options(fields, kind)
    return Criterion(
        key=key,
        kind=kind,
        weight=fields.number("weight", 0),
        max_points=read_max_points(fields, kind, options),
        is_scored=fields.flag("is_scored", default=True),
        is_bonus=fields.flag("is_bonus"),
        critical_family=fields.word("critical_family", known.FAMILIES),
        fail_trigger=fields.word("fail_trigger", known.TRIGGERS, "none") or "none",
        fail_scope=fields.word("fail_scope", known.SCOPES),
        fail_below_percent=fields.number("fail_below_percent", 0, 100),
        step=read_step(fields),
        condition=read_condition(fields, earlier.criteria),
        options=options,
        bands=read_bands(fields),
    )


def read_step(fields: Fields) -> Fraction:
    step = fields.number("step", 0)
    if step == 0:
        fields.problem("step", "out_of_limits", "A step is above 0.")
    return step or Fraction(1)


def read_options(fields: Fields, kind: str) -> tuple[Option, ...]:
    rows = fields.items("options", known.MAX_OPTIONS)
    if rows and kind not in known.SCORED_KINDS:
        fields.problem("options", "wrong_kind", f"A {kind} criterion has no options.")
    taken: set[str] = set()
    return tuple(read_option(path, raw, fields.notes, taken) for path, raw in rows)


def read_option(path: str, raw: object, notes: Notes, taken: set[str]) -> Option:
    fields = Fields(raw, path, notes, known.OPTION_FIELDS)
    key = fields.key()
    note_repeat(fields, key, taken)
    taken.add(key)
    scope = fields.word("critical_scope", known.SCOPES)
    return Option(
        key=key,
        points=fields.number("points") or ZERO,
        is_fail=fields.flag("is_fail") or scope is not None,
        is_bonus=fields.flag("is_bonus"),
        critical_scope=scope,
        range_from=fields.number("range_from", -FAR, FAR, decimals=6),
        range_to=fields.number("range_to", -FAR, FAR, decimals=6),
    )


def read_max_points(fields: Fields, kind: str, options: tuple[Option, ...]) -> Fraction | None:
    """As given; else the best that the options allow, bonus left out, and at least 0."""
    if kind not in known.SCORED_KINDS:
        return None
    given = fields.number("max_points", 0)
    if given is not None:
        return given
    best = best_points(kind, [option.points for option in options if not option.is_bonus])
    if best > MILLION:
        fields.problem("max_points", "out_of_limits", "The options add up to more than 1000000.")
    return best


def best_points(kind: str, points: list[Fraction]) -> Fraction:
    if kind == "multi":
        return add_up(value for value in points if value > 0)
    return max([ZERO, *points])
