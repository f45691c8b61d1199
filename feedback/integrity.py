"""What the database must satisfy about points, badges, surveys and answers."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, Sum

from accounts.models import User
from crm.models import Case
from crm.models.cases import FINISHED
from feedback.actions import badges, keeping
from feedback.checking import faults_of_ledger
from feedback.models import (
    BadgeAward,
    Invitation,
    InvitationCredit,
    PointsTransaction,
    PraiseDraft,
    RecognitionFact,
    Recovery,
    Response,
    Survey,
)
from feedback.models.badges import FactKind
from feedback.models.kudos import KudosState
from feedback.models.points import TransactionKind
from feedback.models.survey_responses import ResponseState
from feedback.models.surveys import Anonymity
from ops.integrity import Finding, register

RESPONSE = "response:"
COUNTED = (ResponseState.ACCEPTED, ResponseState.OVER_QUOTA)


# --- Points and badges ---------------------------------------------------------------------------


def ledger() -> Iterator[Finding]:
    """Postings sum to zero, balances to their postings, and what is held to open orders."""
    for sentence in faults_of_ledger():
        yield Finding("ledger", "feedback_posting", "", sentence)


def badge_points() -> Iterator[Finding]:
    """Points of a badge that nobody holds any more."""
    standing = BadgeAward.objects.filter(pk=OuterRef("source_id"), revoked_at=None)
    paid = PointsTransaction.objects.filter(
        ~Exists(standing), kind=TransactionKind.BADGE, reversed_by__isnull=True
    )
    for pk in paid.values_list("pk", flat=True).iterator():
        text = "gave points for a badge that does not stand"
        yield Finding("badge_points", "feedback_pointstransaction", str(pk), text)


def badges_follow_facts() -> Iterator[Finding]:
    """Awards of rules in force that the facts do not give, and missing ones."""
    rules = badges.active_rules()
    agents = RecognitionFact.objects.order_by().values("agent").distinct()
    holders = BadgeAward.objects.order_by().values("agent").distinct()
    people = User.objects.filter(Q(pk__in=agents) | Q(pk__in=holders)).order_by("pk")
    for agent in people.iterator(chunk_size=500) if rules else ():
        missing, surplus = badges.differences(agent, rules)
        for rule, key in missing:
            text = f"badge {rule.badge} for {key} is missing"
            yield Finding("badges_follow_facts", "accounts_user", str(agent.pk), text)
        for award in surplus:
            text = "the facts do not give it"
            yield Finding("badges_follow_facts", "feedback_badgeaward", str(award.pk), text)


def nothing_from_doubted_answers() -> Iterator[Finding]:
    """Facts and kudos that rest on answers which do not count."""
    facts = RecognitionFact.objects.filter(kind=FactKind.SURVEY).newest()
    for pk, key in facts.values_list("pk", "fact_key").iterator():
        if _is_doubted(key.removeprefix(RESPONSE)):
            yield Finding(
                "nothing_from_doubted_answers",
                "feedback_recognitionfact",
                str(pk),
                f"rests on {key}, which does not count",
            )
    released = PraiseDraft.objects.filter(kudos__state=KudosState.POSTED)
    for pk, response_id in released.values_list("kudos_id", "response_id").iterator():
        if _is_doubted(response_id):
            text = f"rests on response {response_id}, which does not count"
            yield Finding("nothing_from_doubted_answers", "feedback_kudos", str(pk), text)


def _is_doubted(response_id: str) -> bool:
    doubted = (ResponseState.SUSPECT, ResponseState.REJECTED)
    return Response.objects.filter(pk=response_id, state__in=doubted).exists()


# --- Surveys -------------------------------------------------------------------------------------


def answered_invitations() -> Iterator[Finding]:
    """An invitation is answered exactly if its response counts, outside anonymous surveys.

    Of responses that retention or erasure emptied only the number is left.
    """
    counted = Response.objects.filter(state__in=COUNTED, invitation__isnull=False)
    for response in counted.exclude(invitation__state="answered").iterator():
        text = "counts, but its invitation is not answered"
        yield Finding("answered_invitations", "feedback_response", str(response.pk), text)
    for survey in Survey.objects.exclude(anonymity=Anonymity.ANONYMOUS):
        alone = Invitation.objects.filter(survey=survey, state="answered").exclude(
            response__state__in=COUNTED
        )
        emptied = survey.responses.filter(is_anonymized=True, collector=None).count()
        if (extra := alone.count() - emptied) > 0:
            text = f"{extra} invitations are answered without a response that counts"
            yield Finding("answered_invitations", "feedback_survey", str(survey.pk), text)


def credits_are_whole() -> Iterator[Finding]:
    """The shares of an invitation's people sum to exactly 1."""
    sums = InvitationCredit.objects.order_by().values("invitation").annotate(total=Sum("weight"))
    for row in sums.exclude(total=1).iterator():
        text = f"its credits sum to {row['total']:.4f}"
        yield Finding("credits_are_whole", "feedback_invitation", str(row["invitation"]), text)


def doubted_answers_were_released() -> Iterator[Finding]:
    """What scored above the limit counts only where a person released it."""
    over = Response.objects.accepted().filter(automation_score__gte=1, is_anonymous=False)
    for row in over.exclude(changes__to_state="accepted", changes__by__isnull=False).iterator():
        text = f"is accepted with a score of {row.automation_score}"
        yield Finding("doubted_answers_were_released", "feedback_response", str(row.pk), text)


def recoveries_say_why() -> Iterator[Finding]:
    """No case of a recovery is ended without a root cause and what was done."""
    silent = Recovery.objects.filter(Q(root_cause__isnull=True) | Q(action_taken=""))
    ended = Case.objects.filter(pk__in=silent.values("case_id"), status__category__in=FINISHED)
    for pk in ended.values_list("pk", flat=True).iterator():
        text = "is ended without root cause or action of its recovery"
        yield Finding("recoveries_say_why", "crm_case", str(pk), text)


def counts_follow_answers() -> Iterator[Finding]:
    """Running counts equal what the rows give."""
    for survey in Survey.objects.all():
        for cell, stored, computed in keeping.differences(survey):
            text = f"{cell.question} {cell.key} on {cell.on_date}: {stored}, computed {computed}"
            yield Finding("counts_follow_answers", "feedback_tally", str(survey.pk), text)


def register_own() -> None:
    for rule in (
        ledger,
        badge_points,
        badges_follow_facts,
        nothing_from_doubted_answers,
        answered_invitations,
        credits_are_whole,
        doubted_answers_were_released,
        recoveries_say_why,
        counts_follow_answers,
    ):
        register("feedback", rule.__name__, rule)
