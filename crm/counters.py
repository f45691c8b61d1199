"""How much open work each person has: read in one query, moved with what they count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import Count, F, QuerySet

from accounts.models import User
from crm.models import Case, CounterCell, Promise, Task
from crm.models.cases import StatusCategory
from crm.models.work import PromiseState, TaskState

MOST_SHOWN = 999


def open_cases() -> QuerySet[Case]:
    return Case.objects.filter(status__category__in=(StatusCategory.OPEN, StatusCategory.WAITING))


# For each counter the rows that count, and whose they are.
COUNTED: Mapping[str, tuple[QuerySet[Case] | QuerySet[Task] | QuerySet[Promise], str]] = {
    "cases": (open_cases(), "assignee_id"),
    "tasks": (Task.objects.filter(state=TaskState.OPEN), "assignee_id"),
    "promises": (Promise.objects.filter(state=PromiseState.OPEN), "made_by_id"),
}


def of(user: User) -> dict[str, int]:
    """The counters of a person by name; one query."""
    cells = CounterCell.objects.filter(scope=scope_of(user.pk))
    return dict.fromkeys(COUNTED, 0) | dict(cells.values_list("name", "value"))


def shown(value: int) -> str:
    """The number as the rail shows it: at most 999+, nothing for none."""
    if value <= 0:
        return ""
    return str(value) if value <= MOST_SHOWN else f"{MOST_SHOWN}+"


def owner_of(name: str, pk: int) -> int | None:
    """For whom a stored row counts now; None if it does not. Asked before and after a change."""
    rows, person = COUNTED[name]
    return rows.all().filter(pk=pk).values_list(person, flat=True).first()


def move(name: str, *, before: int | None, after: int | None) -> None:
    """Follow a row that counted for one person and counts for another; inside its transaction."""
    if before == after:
        return
    # In the order of ids, so that two who hand work to one another do not wait on each other.
    steps = sorted((pk, by) for pk, by in ((before, -1), (after, 1)) if pk is not None)
    for pk, by in steps:
        cells = CounterCell.objects.filter(name=name, scope=scope_of(pk))
        if not cells.update(value=F("value") + by):
            _cell, is_new = CounterCell.objects.get_or_create(
                name=name, scope=scope_of(pk), defaults={"value": by}
            )
            if not is_new:
                cells.update(value=F("value") + by)


def scope_of(user_id: int) -> str:
    return f"user:{user_id}"


def live() -> dict[tuple[str, str], int]:
    """What the counters should say; three queries over the open work."""
    found: dict[tuple[str, str], int] = {}
    for name, (rows, person) in COUNTED.items():
        theirs = rows.all().order_by().exclude(**{person: None})
        for pk, value in theirs.values_list(person).annotate(found=Count("pk")):
            found[name, scope_of(pk)] = value
    return found


def drifted() -> Iterator[tuple[CounterCell, int]]:
    """The cells that say something else than the rows, with what they should say."""
    right = live()
    for cell in CounterCell.objects.all():
        value = right.pop((cell.name, cell.scope), 0)
        if cell.value != value:
            yield cell, value
    for (name, scope), value in right.items():
        yield CounterCell(name=name, scope=scope, value=0), value


def recount() -> int:
    """Set right what has drifted; how many cells."""
    wrong = 0
    for cell, value in list(drifted()):
        CounterCell.objects.update_or_create(
            name=cell.name, scope=cell.scope, defaults={"value": value}
        )
        wrong += 1
    return wrong


def recount_cell(cell: CounterCell) -> None:
    """Set one cell to what the rows say."""
    right = live().get((cell.name, cell.scope), 0)
    CounterCell.objects.filter(pk=cell.pk).update(value=right)
