"""What can be done to many rows of a list at once; each row through its own verb and rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.permissions import has
from crm import access
from crm.actions import case_links, dispositions, tags
from crm.models import Case, Customer, Disposition, Interaction, Tag
from crm.references import number
from lib.refusals import Forbidden, Invalid, Refused

NOT_HERE = "Your roles do not allow this here."


@dataclass(frozen=True)
class Act:
    """`find` reads what was entered (raises Invalid), `do` acts on one row (raises Refused)."""

    kind: str
    label: str
    asks: str
    verb: str
    find: Callable[[str, User], Any]
    do: Callable[..., Any]


def find_name(text: str, user: User) -> str:
    name = " ".join(text.split())
    if not name:
        raise Invalid("argument", "Enter the name of a tag.")
    return name


def find_tag(text: str, user: User) -> Tag:
    found = tags.tag_named(text)
    if found is None:
        raise Invalid("argument", "There is no such tag.")
    return found


def find_disposition(text: str, user: User) -> Disposition:
    rows = Disposition.objects.in_use().filter(children__isnull=True)
    found = (
        rows.filter(code=text.strip()).first() or rows.filter(label__iexact=text.strip()).first()
    )
    if found is None:
        raise Invalid("argument", "There is no such disposition in use. Enter its code.")
    return found


def find_case(text: str, user: User) -> Case:
    pk = number(text.strip(), "K")
    found = Case.objects.reached_by(user, "crm.change_case").filter(pk=pk).first() if pk else None
    if found is None:
        raise Invalid("argument", "Enter the reference of a case that you may change.")
    return found


def tag_row(row: Customer, name: str, *, by: User, at: datetime) -> None:
    tags.tag_customer(customer=row, name=name, by=by, at=at)


def untag_row(row: Customer, tag: Tag, *, by: User, at: datetime) -> None:
    tags.untag_customer(customer=row, tag=tag, by=by, at=at)


def dispose_row(row: Interaction, disposition: Disposition, *, by: User, at: datetime) -> None:
    if not access.may_set_disposition(by, row):
        raise Forbidden(NOT_HERE)
    dispositions.set_disposition(interaction=row, disposition=disposition, by=by, at=at)


def link_row(row: Interaction, case: Case, *, by: User, at: datetime) -> None:
    if not access.may_change_case(by, case):
        raise Forbidden(NOT_HERE)
    case_links.link_interaction(case=case, interaction=row, by=by, at=at)


ACTS: dict[str, Act] = {
    "tag": Act("customers", "Put a tag on", "Tag", "crm.change_customer", find_name, tag_row),
    "untag": Act("customers", "Take a tag off", "Tag", "crm.change_customer", find_tag, untag_row),
    "disposition": Act(
        "interactions",
        "Say what came of it",
        "Code of the disposition",
        "crm.view_interaction",
        find_disposition,
        dispose_row,
    ),
    "link_case": Act(
        "interactions",
        "Put into a case",
        "Reference of the case",
        "crm.change_case",
        find_case,
        link_row,
    ),
}


def acts_of(kind: str, user: User) -> list[tuple[str, str]]:
    """Name and words of what this person may do to rows of a list."""
    return [
        (name, act.label) for name, act in ACTS.items() if act.kind == kind and has(user, act.verb)
    ]


def refusal_of(row: Any, refusal: Refused) -> tuple[str, str]:
    return row.reference, str(refusal)[:300]
