"""A list of people to ask, read from a file: each row a recipient, or a sentence why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from crm.contact_points import Unreadable, normalize_email, normalize_phone
from crm.models import ContactPoint, Customer, Interaction
from crm.references import number
from feedback.models import Program
from feedback.suppressing import address_hash
from lib.refusals import Invalid
from lib.tabular import Row

KNOWN = ("address", "language", "customer", "interaction")
MOST_ROWS = 5_000
LONGEST_HIDDEN = 200


@dataclass
class Recipient:
    """One row; `fault` says why it cannot be asked, and then nothing else counts."""

    line: int
    address: str
    language: str = ""
    customer_key: str = ""
    interaction_key: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    point: ContactPoint | None = None
    interaction: Interaction | None = None
    fault: str = ""

    @property
    def key(self) -> str:
        """The same address and interaction are the same wish, in whatever file."""
        about = f":{self.interaction.pk}" if self.interaction else ""
        return f"{address_hash(self.address)[:32]}{about}"


def read(rows: Iterable[Row], program: Program) -> list[Recipient]:
    """Every row with what it names; raises Invalid for a file that is no such list."""
    found = iter(rows)
    header = next(found, None)
    if header is None:
        raise Invalid("file", "The file is empty.")
    names = [cell.strip().casefold() for cell in header.cells]
    version = program.survey.published
    hidden = version.questionnaire.hidden if version else ()
    _check_header(names, hidden)
    recipients = list(_recipients(found, names))
    _find_interactions(recipients)
    _find_points(recipients)
    return recipients


def _check_header(names: Sequence[str], hidden: Sequence[str]) -> None:
    if "address" not in names:
        raise Invalid("file", "Name a column “address” in the first row.")
    strange = [name for name in names if name and name not in KNOWN and name not in hidden]
    if strange:
        known = ", ".join([*KNOWN, *hidden])
        raise Invalid("file", f"The column “{strange[0]}” is not known; known are {known}.")


def _recipients(rows: Iterator[Row], names: Sequence[str]) -> Iterator[Recipient]:
    seen: set[str] = set()
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise Invalid("file", f"Ask at most {MOST_ROWS:,} people with one file.")
        cells = dict(zip(names, (cell.strip() for cell in row.cells), strict=False))
        one = Recipient(
            line=row.line,
            address=cells.get("address", "")[:254],
            language=cells.get("language", "")[:12],
            customer_key=cells.get("customer", "")[:120],
            interaction_key=cells.get("interaction", "")[:120],
            hidden={
                name: cells[name][:LONGEST_HIDDEN]
                for name in cells
                if name not in KNOWN and name and cells[name]
            },
        )
        one.fault = row.problem
        if not one.fault:
            _normalize(one)
        if not one.fault and one.address in seen:
            one.fault = "duplicate"
        seen.add(one.address)
        yield one


def _normalize(one: Recipient) -> None:
    try:
        if "@" in one.address:
            one.address = normalize_email(one.address).value
        else:
            one.address = normalize_phone(one.address, settings.PHONE_REGION).value
    except Unreadable as refusal:
        one.fault = str(refusal)


def _find_interactions(recipients: Sequence[Recipient]) -> None:
    """By reference or external id; one query for all."""
    wanted = {one.interaction_key for one in recipients if one.interaction_key and not one.fault}
    if not wanted:
        return
    ids = {key: number(key, "I") for key in wanted}
    rows = Interaction.objects.filter(pk__in=[pk for pk in ids.values() if pk]) | (
        Interaction.objects.filter(external_id__in=wanted)
    )
    by_pk = {row.pk: row for row in rows.select_related("queue")}
    by_key = {row.external_id: row for row in by_pk.values()}
    for one in recipients:
        if one.interaction_key and not one.fault:
            pk = ids[one.interaction_key]
            one.interaction = by_pk.get(pk) if pk else by_key.get(one.interaction_key)
            if one.interaction is None:
                one.fault = f"There is no interaction {one.interaction_key}."


def _find_points(recipients: Sequence[Recipient]) -> None:
    """The customer's own address; one query for all."""
    addresses = [one.address for one in recipients if not one.fault]
    points: dict[str, list[ContactPoint]] = {}
    for point in ContactPoint.objects.filter(value__in=addresses).select_related("customer"):
        points.setdefault(point.value, []).append(point)
    for one in recipients:
        if one.fault:
            continue
        fitting = [point for point in points.get(one.address, ()) if _fits(point, one)]
        if len(fitting) == 1:
            one.point = fitting[0]
        elif fitting:
            one.fault = "Several customers have this address; name the customer in its column."
        else:
            one.fault = "No such customer has this address."


def _fits(point: ContactPoint, one: Recipient) -> bool:
    customer: Customer = point.customer
    if one.interaction is not None and one.interaction.customer_id != customer.pk:
        return False
    if not one.customer_key:
        return True
    return one.customer_key == customer.external_id or number(one.customer_key, "C") == customer.pk
