"""What recognition forgets of a person who is erased; points and places keep their rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import actions, audit
from accounts.models import User
from feedback.models import (
    AbuseReport,
    BadgeAward,
    Birthday,
    BoardPreference,
    Boost,
    CommitteeVote,
    FairPlayFlag,
    GrantRequest,
    Kudos,
    Nomination,
    PointsTransaction,
    PraiseDraft,
    Redemption,
    VolumeDecision,
)

GONE = "Erased with the person."


def erase_recognition_of(*, person: User, at: datetime) -> None:
    """Words by and about the person go, also out of what acts on them said; again: nothing.

    The ledger keeps its rows: they name a person by an id that leads to nobody now, and only the
    words of their reasons are emptied.
    """
    with transaction.atomic():
        _erase_kudos(person)
        _erase_nominations(person)
        _erase_reasons(person)
        _erase_words_of_the_ledger(person)
        BoardPreference.objects.filter(user=person).update(alias="")
        Birthday.objects.filter(user=person).delete()
        audit.record(verb="erase_recognition", record=person, by=None, at=at)


def _erase_kudos(person: User) -> None:
    about = Kudos.objects.filter(Q(giver=person) | Q(recipients__agent=person))
    ids = list(about.values_list("pk", flat=True).distinct())
    rows = Kudos.objects.filter(pk__in=ids)
    actions.empty_audit("feedback.kudos", ids)
    rows.update(message="")
    rows.exclude(end_reason="").update(end_reason=GONE)
    reports = AbuseReport.objects.filter(Q(by=person) | Q(kudos__in=ids))
    _gone(reports, "feedback.abusereport", reason=GONE)
    drafts = PraiseDraft.objects.filter(Q(agents=person) | Q(kudos__in=ids))
    kept = list(drafts.values_list("pk", flat=True).distinct())
    _gone(PraiseDraft.objects.filter(pk__in=kept), "feedback.praisedraft", redacted_text="")
    PraiseDraft.objects.filter(pk__in=kept).exclude(reason="").update(reason=GONE)


def _erase_nominations(person: User) -> None:
    rows = Nomination.objects.filter(Q(nominee=person) | Q(nominator=person))
    votes = CommitteeVote.objects.filter(Q(nomination__in=rows) | Q(member=person))
    votes.update(comment="")
    _gone(rows, "feedback.nomination", statement=GONE)


def _erase_reasons(person: User) -> None:
    badges = BadgeAward.objects.filter(agent=person)
    badges.exclude(revoke_reason="").update(revoke_reason=GONE)
    _gone(badges, "feedback.badgeaward", reason="")
    grants = GrantRequest.objects.filter(Q(giver=person) | Q(recipients=person))
    ids = list(grants.values_list("pk", flat=True).distinct())
    _gone(
        GrantRequest.objects.filter(pk__in=ids),
        "feedback.grantrequest",
        reason=GONE,
        decision_note="",
    )
    _gone(Boost.objects.filter(Q(user=person) | Q(by=person)), "feedback.boost", reason=GONE)
    _gone(Redemption.objects.filter(user=person), "feedback.redemption", reason="")
    VolumeDecision.objects.filter(agent=person).update(reason="")
    flags = FairPlayFlag.objects.filter(subjects=person)
    flags.exclude(reason="").update(reason=GONE)
    _gone(flags, "feedback.fairplayflag", evidence=GONE)


def _erase_words_of_the_ledger(person: User) -> None:
    moved = PointsTransaction.objects.filter(
        Q(by=person) | Q(postings__account__owner=person)
    ).exclude(reason="")
    _gone(PointsTransaction.objects.filter(pk__in=moved), "feedback.pointstransaction", reason="")


def _gone(rows: QuerySet[Any], label: str, **words: str) -> None:
    """Replace words of some rows, and empty what acts on them said."""
    actions.empty_audit(label, rows.values_list("pk", flat=True))
    rows.update(**words)
