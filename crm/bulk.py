"""What can be done to many rows of a list at once; each row through its own verb and rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from accounts.permissions import has
from crm import access
from crm.actions import case_links, cases, contacts, dispositions, tags
from crm.forms.cases import colleagues_of
from crm.models import Case, Customer, Disposition, Interaction, Tag
from crm.references import number
from lib.refusals import Forbidden, Invalid, Refused
from lib.sentences import said
from routing.models import Queue

NOT_HERE = said("Your roles do not allow this here.")


@dataclass(frozen=True)
class Act:
    """`find` reads what was entered (raises Invalid), `do` acts on one row (raises Refused)."""

    kind: str
    label: Any
    asks: Any
    verb: str
    find: Callable[[str, User], Any]
    do: Callable[..., Any]


def find_name(text: str, user: User) -> str:
    name = " ".join(text.split())
    if not name:
        raise Invalid("argument", gettext("Enter the name of a tag."))
    return name


def find_tag(text: str, user: User) -> Tag:
    found = tags.tag_named(text)
    if found is None:
        raise Invalid("argument", gettext("There is no such tag."))
    return found


def find_disposition(text: str, user: User) -> Disposition:
    rows = Disposition.objects.in_use().filter(children__isnull=True)
    found = (
        rows.filter(code=text.strip()).first() or rows.filter(label__iexact=text.strip()).first()
    )
    if found is None:
        sentence = gettext("There is no such disposition in use. Enter its code.")
        raise Invalid("argument", sentence)
    return found


def find_case(text: str, user: User) -> Case:
    pk = number(text.strip(), "K")
    found = Case.objects.reached_by(user, "crm.change_case").filter(pk=pk).first() if pk else None
    if found is None:
        sentence = gettext("Enter the reference of a case that you may change.")
        raise Invalid("argument", sentence)
    return found


def find_queue(text: str, user: User) -> Queue:
    found = Queue.objects.filter(is_active=True, name__iexact=text.strip()).first()
    if found is None:
        raise Invalid("argument", gettext("There is no such queue in use. Enter its name."))
    return found


def find_colleague(text: str, user: User) -> User:
    words = text.strip()
    rows = colleagues_of(user)
    found = rows.filter(email__iexact=words).first()
    if found is None:
        named = list(rows.filter(full_name__iexact=words)[:2])
        found = named[0] if len(named) == 1 else None
    if found is None:
        sentence = gettext("Enter the e-mail address of an active person of your teams.")
        raise Invalid("argument", sentence)
    return found


def may_tag(user: User, row: tags.Tagged) -> bool:
    if isinstance(row, Customer):
        return access.may_change_customer(user)
    if isinstance(row, Case):
        return access.may_change_case(user, row)
    return access.may_tag_interaction(user, row)


def tag_row(row: tags.Tagged, name: str, *, by: User, at: datetime) -> None:
    if not may_tag(by, row):
        raise Forbidden(NOT_HERE)
    tags.tag_record(record=row, name=name, by=by, at=at)


def untag_row(row: tags.Tagged, tag: Tag, *, by: User, at: datetime) -> None:
    if not may_tag(by, row):
        raise Forbidden(NOT_HERE)
    tags.untag_record(record=row, tag=tag, by=by, at=at)


def queue_row(row: Case, queue: Queue, *, by: User, at: datetime) -> None:
    if not access.may_change_case(by, row):
        raise Forbidden(NOT_HERE)
    cases.change_case(case=row, changes={"queue": queue}, by=by, at=at)


def requeue_row(row: Interaction, queue: Queue, *, by: User, at: datetime) -> None:
    if not access.may_change_disposition(by, row):
        raise Forbidden(NOT_HERE)
    contacts.correct_queue(interaction=row, queue=queue, by=by, at=at)


def assign_row(row: Case, assignee: User, *, by: User, at: datetime) -> None:
    if not access.may_change_case(by, row):
        raise Forbidden(NOT_HERE)
    cases.assign_case(case=row, assignee=assignee, by=by, at=at)


def dispose_row(row: Interaction, disposition: Disposition, *, by: User, at: datetime) -> None:
    if not access.may_set_disposition(by, row):
        raise Forbidden(NOT_HERE)
    dispositions.set_disposition(interaction=row, disposition=disposition, by=by, at=at)


def link_row(row: Interaction, case: Case, *, by: User, at: datetime) -> None:
    if not access.may_change_case(by, case):
        raise Forbidden(NOT_HERE)
    case_links.link_interaction(case=case, interaction=row, by=by, at=at)


CUSTOMER, CASE = "crm.change_customer", "crm.change_case"
PUT_ON, TAKE_OFF = gettext_lazy("Put a tag on"), gettext_lazy("Take a tag off")
ASKED = gettext_lazy("Tag")
QUEUE, QUEUE_ASKED = gettext_lazy("Put in a queue"), gettext_lazy("Name of the queue")
ACTS: dict[str, Act] = {
    "tag": Act("customers", PUT_ON, ASKED, CUSTOMER, find_name, tag_row),
    "untag": Act("customers", TAKE_OFF, ASKED, CUSTOMER, find_tag, untag_row),
    "disposition": Act(
        "interactions",
        gettext_lazy("Say what came of it"),
        gettext_lazy("Code of the disposition"),
        "crm.view_interaction",
        find_disposition,
        dispose_row,
    ),
    "link_case": Act(
        "interactions",
        gettext_lazy("Put into a case"),
        gettext_lazy("Reference of the case"),
        CASE,
        find_case,
        link_row,
    ),
    "tag_interaction": Act("interactions", PUT_ON, ASKED, CUSTOMER, find_name, tag_row),
    "untag_interaction": Act("interactions", TAKE_OFF, ASKED, CUSTOMER, find_tag, untag_row),
    "queue_interaction": Act(
        "interactions", QUEUE, QUEUE_ASKED, "crm.change_disposition", find_queue, requeue_row
    ),
    "queue_case": Act("cases", QUEUE, QUEUE_ASKED, CASE, find_queue, queue_row),
    "assign_case": Act(
        "cases",
        gettext_lazy("Give to a person"),
        gettext_lazy("E-mail"),
        CASE,
        find_colleague,
        assign_row,
    ),
    "tag_case": Act("cases", PUT_ON, ASKED, CASE, find_name, tag_row),
    "untag_case": Act("cases", TAKE_OFF, ASKED, CASE, find_tag, untag_row),
}


def acts_of(kind: str, user: User) -> list[tuple[str, str]]:
    """Name and words of what this person may do to rows of a list."""
    return [
        (name, str(act.label))
        for name, act in ACTS.items()
        if act.kind == kind and has(user, act.verb)
    ]


def refusal_of(row: Any, refusal: Refused) -> tuple[str, str]:
    return row.reference, str(refusal)[:300]
