"""Mails about recognition: who, what and a link. Whoever switched them off gets none."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats
from django.utils.functional import lazy

from accounts.models import User
from feedback.models import (
    AbuseReport,
    BadgeAward,
    Budget,
    GrantRequest,
    Kudos,
    MilestoneAward,
    Nomination,
    NoticePreference,
    Redemption,
    Reward,
)
from feedback.models.badges import MilestoneKind
from feedback.models.kudos import KudosState
from feedback.models.rewards import RedemptionState
from lib.sentences import Sentence, said
from lib.speaking import in_language, spoken
from ops import mail

CELEBRATIONS = {
    MilestoneKind.ANNIVERSARY: said("{count} years with us. Congratulations!"),
    MilestoneKind.CERTIFICATION: said("Certification. Congratulations!"),
    MilestoneKind.QA_STREAK: said("{count} passed evaluations in a row. Congratulations!"),
    MilestoneKind.BIRTHDAY: said("Birthday. Congratulations!"),
}
ORDERS = {
    RedemptionState.PENDING: said("Your order of {reward}: waits for approval.{reason}"),
    RedemptionState.APPROVED: said("Your order of {reward}: approved.{reason}"),
    RedemptionState.FULFILLED: said("Your order of {reward}: handed over.{reason}"),
    RedemptionState.DECLINED: said("Your order of {reward}: declined.{reason}"),
    RedemptionState.CANCELED: said("Your order of {reward}: canceled.{reason}"),
}
lazy_day = lazy(lambda day: formats.date_format(day, "d M Y"), str)


def register() -> None:
    """Called by config/wiring.py."""
    for letter in (
        *(kudos_received, kudos_digest, kudos_reported, points_granted, badge_awarded),
        *(milestone_reached, redemption_decided, nominated, budget_low, stock_low),
    ):
        mail.register(f"feedback.{letter.__name__}", letter)


def kudos_received(*, kudos_id: int, person_id: int) -> EmailMessage | None:
    kudos = Kudos.objects.select_related("giver").get(pk=kudos_id)
    if kudos.state != KudosState.POSTED:
        return None
    sentence = said("{giver} thanked you.", giver=kudos.giver_name)
    if kudos.points_each:
        sentence = said(
            "{giver} thanked you. They come with {points} points.",
            giver=kudos.giver_name,
            points=kudos.points_each,
        )
    return letter(person_id, said("Somebody thanked you"), sentence, "feedback:my_recognition")


def kudos_digest(*, person_id: int, day: str) -> EmailMessage | None:
    count = (
        Kudos.objects.posted()
        .filter(recipients__agent=person_id, posted_at__date=date.fromisoformat(day))
        .count()
    )
    sentence = said("You were thanked {count} times yesterday.", count=count)
    return letter(person_id, said("Your thanks of yesterday"), sentence, "feedback:my_recognition")


def kudos_reported(*, report_id: int, person_id: int) -> EmailMessage | None:
    report = AbuseReport.objects.get(pk=report_id)
    sentence = said("Somebody finds a thank-you out of place. Please look at it.")
    return letter(
        person_id, said("A kudos was reported"), sentence, "feedback:kudos_detail", report.kudos_id
    )


def points_granted(*, grant_id: int, person_id: int) -> EmailMessage | None:
    grant = GrantRequest.objects.select_related("giver").get(pk=grant_id)
    sentence = said(
        "{giver} gave you {points} points: {reason}",
        giver=grant.giver.short_name,
        points=grant.points,
        reason=grant.reason,
    )
    return letter(person_id, said("You received points"), sentence, "feedback:my_recognition")


def badge_awarded(*, award_id: int) -> EmailMessage | None:
    award = BadgeAward.objects.select_related("badge").get(pk=award_id)
    if award.revoked_at is not None:
        return None
    sentence = said(
        "You earned “{badge}”. Nobody else sees it until you show it.", badge=award.badge.name
    )
    return letter(award.agent_id, said("You earned a badge"), sentence, "feedback:my_recognition")


def milestone_reached(*, award_id: int) -> EmailMessage | None:
    award = MilestoneAward.objects.select_related("milestone").get(pk=award_id)
    pattern = CELEBRATIONS[MilestoneKind(award.milestone.kind)].pattern
    sentence = said(pattern, count=award.milestone.years)
    return letter(award.agent_id, said("A day to celebrate"), sentence, "feedback:my_recognition")


def redemption_decided(*, redemption_id: int) -> EmailMessage | None:
    row = Redemption.objects.select_related("reward").get(pk=redemption_id)
    reason = f" {row.reason}" if row.reason else ""
    pattern = ORDERS[RedemptionState(row.state)].pattern
    sentence = said(pattern, reward=row.reward.name, reason=reason)
    return letter(row.user_id, said("Your reward"), sentence, "feedback:redemption_list")


def nominated(*, nomination_id: int) -> EmailMessage | None:
    row = Nomination.objects.select_related("program").get(pk=nomination_id)
    sentence = said(
        "A colleague nominated you for {program}. That alone says something.",
        program=row.program.name,
    )
    return letter(row.nominee_id, said("You were nominated"), sentence, "feedback:my_recognition")


def budget_low(*, budget_id: int, person_id: int) -> EmailMessage | None:
    budget = Budget.objects.select_related("team", "account").get(pk=budget_id)
    sentence = said(
        "The budget of {owner} has {left} of {points} points left until {day}.",
        owner=budget.owner_name,
        left=budget.account.balance,
        points=budget.points,
        day=lazy_day(budget.ends_on),
    )
    return letter(person_id, said("A points budget runs low"), sentence, "feedback:grant_list")


def stock_low(*, reward_id: int, person_id: int) -> EmailMessage | None:
    reward = Reward.objects.get(pk=reward_id)
    sentence = said("There are {count} of {reward} left.", count=reward.stock, reward=reward.name)
    return letter(person_id, said("A reward runs low"), sentence, "feedback:reward_list")


def letter(
    person_id: int, subject: Sentence, sentence: Sentence, url_name: str, *args: int
) -> EmailMessage | None:
    """One mail to somebody who is here and wants such mail."""
    person = User.objects.get(pk=person_id)
    wants = NoticePreference.objects.filter(user=person, by_mail=False).exists() is False
    if not person.is_active or not wants:
        return None
    with in_language(person.language):
        context = {
            "name": person.short_name,
            "sentence": spoken(sentence),
            "url": settings.BASE_URL + reverse(url_name, args=args),
            "settings_url": settings.BASE_URL + reverse("feedback:recognition_preferences"),
        }
        text = render_to_string("feedback/mail/notice.txt", context)
        return EmailMessage(spoken(subject), text, to=[person.email])
