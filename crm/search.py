"""Search over the customer record, ten of each kind; told in docs/algorithms/search.md.

Contact points that a person may not see in full neither answer the search nor are shown in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q
from django.urls import NoReverseMatch, reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import has
from crm import access, fuzzy
from crm.models import Case, ContactPoint, Customer, Interaction, Organization, Turn
from crm.models.customers import FEWEST_DIGITS
from crm.references import number
from crm.rows import channel_icon, channel_words
from lib.search import LIMIT, Group, Hit
from lib.templatetags.look import local_time

SHORTEST_TEXT = 4
AROUND = 60


def groups(user: User, words: str) -> Iterator[Group]:
    """Customers and what happened with them; at most six queries beside the person's roles."""
    words = words[: fuzzy.LONGEST_QUERY]
    if has(user, "crm.view_customer"):
        yield Group(_("Customers"), _customers(user, words))
        yield Group(_("Organizations"), _organizations(user, words))
    if has(user, "crm.view_case"):
        yield Group(_("Cases"), _cases(user, words))
    if has(user, "crm.view_interaction"):
        yield Group(_("Interactions"), _interactions(user, words))
    if has(user, "crm.view_transcript"):
        yield Group(_("Transcripts"), _transcripts(user, words))


def _customers(user: User, words: str) -> list[Hit]:
    rows = Customer.objects.visible_to(user).active()
    pk = number(words, "C")
    if pk is not None:
        return [_customer(row) for row in rows.filter(pk=pk)]
    found: list[Customer] = []
    if access.may_see_contact_points(user) and _is_address(words):
        points = ContactPoint.objects.answering(words)
        found = list(rows.filter(pk__in=points.values("customer_id")).order_by("pk")[:LIMIT])
    if not found:
        found = list(rows.filter(external_id=words).order_by("pk")[:LIMIT])
    if not found:
        found = fuzzy.find(rows, words, column="name_key", limit=LIMIT)
    return [_customer(row) for row in found]


def _is_address(words: str) -> bool:
    digits = sum(letter.isdigit() for letter in words)
    letters = sum(letter.isalpha() for letter in words)
    return "@" in words or (digits >= FEWEST_DIGITS and not letters)


def _customer(row: Customer) -> Hit:
    more = f"{row.reference}, VIP" if row.is_vip else row.reference
    return Hit(str(row), row.get_absolute_url(), "user-round", more)


def _organizations(user: User, words: str) -> list[Hit]:
    rows = Organization.objects.visible_to(user)
    pk = number(words, "O")
    found = (
        list(rows.filter(pk=pk))
        if pk is not None
        else fuzzy.find(rows, words, column="name_key", limit=LIMIT)
    )
    return [Hit(row.name, row.get_absolute_url(), "building-2", row.reference) for row in found]


def _cases(user: User, words: str) -> list[Hit]:
    rows = Case.objects.visible_to(user).select_related("status")
    pk = number(words, "K")
    found = (
        list(rows.filter(pk=pk))
        if pk is not None
        else fuzzy.find(rows, words, column="subject_key", limit=LIMIT)
    )
    return [
        Hit(row.subject, url, "inbox", f"{row.reference}, {row.status.words}")
        for row in found
        if (url := address_of_case(row.pk))
    ]


def address_of_case(pk: int) -> str:
    """The page of a case, "" while there is none."""
    try:
        return reverse("crm:case_detail", kwargs={"pk": pk})
    except NoReverseMatch:
        return ""


def _interactions(user: User, words: str) -> list[Hit]:
    """By reference or external id; their texts are the transcripts'."""
    pk = number(words, "I")
    wanted = Q(external_id=words) if pk is None else Q(pk=pk)
    rows = Interaction.objects.visible_to(user).select_related("customer").filter(wanted)
    return [_interaction(row) for row in rows.order_by("-pk")[:LIMIT]]


def _interaction(row: Interaction, said: str = "") -> Hit:
    when = f"{channel_words(row.channel, row.direction)}, {local_time(row.started_at)}"
    return Hit(
        title=f"{row.reference} {row.customer or ''}".strip(),
        url=row.get_absolute_url(),
        icon=channel_icon(row.channel, row.direction),
        more=said or _plain(when),
    )


def _plain(text: str) -> str:
    """The words of a time without its markup."""
    return strip_tags(text)


def _transcripts(user: User, words: str) -> list[Hit]:
    """What was said, word for word, the latest first."""
    if len(words) < SHORTEST_TEXT or _is_address(words):
        return []
    visible = Interaction.objects.reached_by(user, "crm.view_transcript")
    rows = (
        Turn.objects.filter(
            Exists(visible.filter(pk=OuterRef("transcript__interaction_id"))),
            text__icontains=words,
            transcript__is_current=True,
        )
        .select_related("transcript__interaction__customer")
        .order_by("-pk")[: LIMIT * 3]
    )
    found: dict[int, Hit] = {}
    for turn in rows:
        row = turn.transcript.interaction
        found.setdefault(row.pk, _interaction(row, excerpt(turn.text, words)))
    return list(found.values())[:LIMIT]


def excerpt(text: str, words: str) -> str:
    """The words with what stands around them."""
    at = max(text.lower().find(words.lower()), 0)
    start, end = max(at - AROUND, 0), at + len(words) + AROUND
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
