"""Finds customers who may be one person: a few for a form, all of them at night.

Never all pairs: only customers with the same phone number, mailbox, handle or name are compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from crm.duplicates import Candidate, Score, score
from crm.importing.ways import Way
from crm.models import ContactPoint, Customer, DuplicateCandidate, OrganizationRole
from crm.models.customers import ContactKind, CustomerState
from crm.models.merges import CandidateState
from crm.names import name_key

LARGEST_BLOCK = 50
BLOCKS_AT_ONCE = 200
MOST_SHOWN = 5
RISE = 10


@dataclass(frozen=True)
class Found:
    """Somebody who may be the one that is being typed."""

    customer: Customer
    score: Score


def like(
    name: str, ways: Sequence[Way], *, among: QuerySet[Customer], but: int | None = None
) -> list[Found]:
    """Up to five of `among` who look like this one, the most alike first; at most five queries.

    Pairs with the customer `but` that somebody has called two people are left out.
    """
    typed = Candidate(
        name=name,
        phones=frozenset(way.value for way in ways if way.kind == ContactKind.PHONE),
        emails=frozenset(way.match_key for way in ways if way.kind == ContactKind.EMAIL),
        handles=frozenset(way.value for way in ways if way.kind == ContactKind.HANDLE),
    )
    if not (name_key(name) or ways):
        return []
    alike = among.filter(_alike(name, typed)).filter(state=CustomerState.ACTIVE)
    rows = list((alike.exclude(pk=but) if but else alike)[:50])
    known = candidates(rows)
    shared = shared_by({*typed.phones, *typed.emails})
    # The one who is typed counts as well.
    counts = {value: count + 1 for value, count in shared.items()}
    dismissed = _dismissed(but) if but else set()
    found = [Found(row, score(typed, known[row.pk], counts)) for row in rows]
    found = [each for each in found if each.score.verdict and each.customer.pk not in dismissed]
    return sorted(found, key=lambda each: -each.score.points)[:MOST_SHOWN]


def _alike(name: str, typed: Candidate) -> Q:
    points = ContactPoint.objects.filter(
        Q(kind=ContactKind.PHONE, value__in=typed.phones)
        | Q(kind=ContactKind.EMAIL, match_key__in=typed.emails)
        | Q(kind=ContactKind.HANDLE, value__in=typed.handles)
    )
    alike = Q(pk__in=points.values("customer_id"))
    key = name_key(name)
    return alike | Q(name_key=key) if key else alike


def _dismissed(pk: int) -> set[int]:
    rows = DuplicateCandidate.objects.filter(Q(lower=pk) | Q(higher=pk))
    pairs = rows.filter(state=CandidateState.DISMISSED).values_list("lower_id", "higher_id")
    return {other for pair in pairs for other in pair if other != pk}


def candidates(rows: Iterable[Customer]) -> dict[int, Candidate]:
    """What is compared of each customer; two queries."""
    people = {row.pk: row for row in rows}
    points: dict[tuple[int, str], set[str]] = defaultdict(set)
    for pk, kind, value, key in ContactPoint.objects.filter(
        customer__in=people, invalid_at__isnull=True
    ).values_list("customer_id", "kind", "value", "match_key"):
        points[pk, kind].add(key if kind == ContactKind.EMAIL and key else value)
    organizations = _organizations(people)
    return {
        pk: Candidate(
            name=row.display_name,
            phones=frozenset(points[pk, "phone"]),
            emails=frozenset(points[pk, "email"]),
            handles=frozenset(points[pk, "handle"]),
            organizations=frozenset(organizations[pk]),
            external_ids=frozenset({(row.source, row.external_id)} if row.external_id else ()),
        )
        for pk, row in people.items()
    }


def score_of(one: Customer, other: Customer) -> Score:
    """How probably these two are one person, today."""
    known = candidates([one, other])
    values = {value for each in known.values() for value in (*each.phones, *each.emails)}
    return score(known[one.pk], known[other.pk], shared_by(values))


def keep_pairs_of(customer: Customer) -> int:
    """Queue this customer with everybody who looks alike; how many such pairs are open."""
    typed = candidates([customer])[customer.pk]
    alike = Customer.objects.active().filter(_alike(customer.display_name, typed))
    rows = list(alike.exclude(pk=customer.pk).order_by("pk")[:LARGEST_BLOCK])
    known = {customer.pk: typed, **candidates(rows)}
    values = {value for each in known.values() for value in (*each.phones, *each.emails)}
    shared = shared_by(values)
    pairs = [(min(customer.pk, row.pk), max(customer.pk, row.pk)) for row in rows]
    return keep({pair: score(known[pair[0]], known[pair[1]], shared) for pair in pairs})


def _organizations(people: Mapping[int, Customer]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    today = timezone.localdate()
    for role in OrganizationRole.objects.filter(customer__in=people):
        if role.is_in_force(today):
            found[role.customer_id].add(str(role.organization_id))
    return found


def shared_by(values: Iterable[str]) -> Counter[str]:
    """How many active customers have each phone number or e-mail key; one query."""
    rows = (
        ContactPoint.objects.filter(
            Q(value__in=list(values), kind=ContactKind.PHONE)
            | Q(match_key__in=list(values), kind=ContactKind.EMAIL),
            customer__state=CustomerState.ACTIVE,
        )
        .values_list("kind", "value", "match_key", "customer_id")
        .distinct()
    )
    people = {(key if kind == ContactKind.EMAIL else value, pk) for kind, value, key, pk in rows}
    return Counter(value for value, _ in people)


@dataclass(frozen=True)
class Block:
    """A key that several active customers share."""

    key: str
    size: int


STAGES = ("phone", "email", "handle", "name")


def blocks(stage: str, after: str) -> list[Block]:
    """The next shared keys of one kind behind `after`, in their order."""
    rows: QuerySet[Any]
    if stage == "name":
        rows = Customer.objects.active().exclude(name_key="").filter(name_key__gt=after)
        column, counted = "name_key", "pk"
    else:
        column = "match_key" if stage == "email" else "value"
        rows = ContactPoint.objects.filter(
            kind=stage, customer__state=CustomerState.ACTIVE, **{f"{column}__gt": after}
        ).exclude(**{column: ""})
        counted = "customer"
    found = (
        rows.values(column)
        .annotate(size=Count(counted, distinct=True))
        .filter(size__gt=1)
        .order_by(column)[:BLOCKS_AT_ONCE]
    )
    return [Block(row[column], row["size"]) for row in found]


def members(stage: str, keys: Sequence[str]) -> dict[str, list[int]]:
    """The active customers of each key; one query."""
    found: dict[str, list[int]] = defaultdict(list)
    if stage == "name":
        pairs: Any = Customer.objects.active().filter(name_key__in=keys)
        pairs = pairs.values_list("name_key", "pk")
    else:
        column = "match_key" if stage == "email" else "value"
        points = ContactPoint.objects.filter(
            kind=stage, customer__state=CustomerState.ACTIVE, **{f"{column}__in": keys}
        )
        pairs = points.values_list(column, "customer_id").distinct()
    for key, pk in pairs:
        found[key].append(pk)
    return found


def scan_blocks(stage: str, found: Sequence[Block]) -> int:
    """Score every pair within these blocks and keep those of 50 or more; how many are open."""
    small = [block.key for block in found if block.size <= LARGEST_BLOCK]
    groups = members(stage, small)
    ids = {pk for group in groups.values() for pk in group}
    known = candidates(Customer.objects.filter(pk__in=ids))
    values = {value for each in known.values() for value in (*each.phones, *each.emails)}
    shared = shared_by(values)
    pairs = {pair for group in groups.values() for pair in combinations(sorted(set(group)), 2)}
    scored = {pair: score(known[pair[0]], known[pair[1]], shared) for pair in sorted(pairs)}
    return keep(scored)


def keep(scored: Mapping[tuple[int, int], Score]) -> int:
    """Store scored pairs; a dismissed pair opens again if it rises by ten. Counts the open ones."""
    stored = {
        (row.lower_id, row.higher_id): row
        for row in DuplicateCandidate.objects.filter(
            lower__in={pair[0] for pair in scored}, higher__in={pair[1] for pair in scored}
        )
    }
    new, changed = [], []
    for pair, result in scored.items():
        row = stored.get(pair)
        if row is None and result.verdict:
            new.append(_row(pair, result))
        elif row is not None and _takes(row, result):
            row.score, row.reasons, row.state = result.points, reasons(result), CandidateState.OPEN
            changed.append(row)
    DuplicateCandidate.objects.bulk_create(new, ignore_conflicts=True)
    DuplicateCandidate.objects.bulk_update(changed, ["score", "reasons", "state"])
    return len(new) + len(changed)


def _takes(row: DuplicateCandidate, result: Score) -> bool:
    """Whether a known pair is opened with its new score."""
    if row.state == CandidateState.DISMISSED:
        return bool(result.verdict) and result.points >= row.score + RISE
    return row.state == CandidateState.OPEN and bool(result.verdict)


def _row(pair: tuple[int, int], result: Score) -> DuplicateCandidate:
    return DuplicateCandidate(
        lower_id=pair[0], higher_id=pair[1], score=result.points, reasons=reasons(result)
    )


def reasons(result: Score) -> list[list[Any]]:
    return [[reason.code, reason.points, reason.words] for reason in result.reasons]


def drop_closed() -> int:
    """Forget open pairs with a customer who is no longer active."""
    gone = ~Q(lower__state=CustomerState.ACTIVE) | ~Q(higher__state=CustomerState.ACTIVE)
    count, _ = DuplicateCandidate.objects.filter(gone, state=CandidateState.OPEN).delete()
    return count


def scan(cursor: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Go through every block from the cursor on; yields the next cursor after each part."""
    state: dict[str, Any] = {"stage": STAGES[0], "after": "", "kept": 0, "skipped": 0}
    state |= cursor
    if not cursor:
        drop_closed()
    while True:
        found = blocks(state["stage"], state["after"])
        if not found:
            place = STAGES.index(state["stage"]) + 1
            if place == len(STAGES):
                return
            state = state | {"stage": STAGES[place], "after": ""}
            continue
        state["kept"] += scan_blocks(state["stage"], found)
        state["skipped"] += sum(block.size > LARGEST_BLOCK for block in found)
        state["after"] = found[-1].key
        yield dict(state)
