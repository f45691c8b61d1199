"""Mails about recognition: who, what and a link. Whoever switched them off gets none."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

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
from feedback.models.kudos import KudosState
from ops import mail


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
    points = f" They come with {kudos.points_each} points." if kudos.points_each else ""
    sentence = f"{kudos.giver_name} thanked you.{points}"
    return letter(person_id, "Somebody thanked you", sentence, "feedback:my_recognition")


def kudos_digest(*, person_id: int, day: str) -> EmailMessage | None:
    count = (
        Kudos.objects.posted()
        .filter(recipients__agent=person_id, posted_at__date=date.fromisoformat(day))
        .count()
    )
    sentence = f"You were thanked {count} times yesterday."
    return letter(person_id, "Your thanks of yesterday", sentence, "feedback:my_recognition")


def kudos_reported(*, report_id: int, person_id: int) -> EmailMessage | None:
    report = AbuseReport.objects.get(pk=report_id)
    sentence = "Somebody finds a thank-you out of place. Please look at it."
    return letter(
        person_id, "A kudos was reported", sentence, "feedback:kudos_detail", report.kudos_id
    )


def points_granted(*, grant_id: int, person_id: int) -> EmailMessage | None:
    grant = GrantRequest.objects.select_related("giver").get(pk=grant_id)
    sentence = f"{grant.giver.short_name} gave you {grant.points} points: {grant.reason}"
    return letter(person_id, "You received points", sentence, "feedback:my_recognition")


def badge_awarded(*, award_id: int) -> EmailMessage | None:
    award = BadgeAward.objects.select_related("badge").get(pk=award_id)
    if award.revoked_at is not None:
        return None
    sentence = f"You earned “{award.badge.name}”. Nobody else sees it until you show it."
    return letter(award.agent_id, "You earned a badge", sentence, "feedback:my_recognition")


def milestone_reached(*, award_id: int) -> EmailMessage | None:
    award = MilestoneAward.objects.select_related("milestone").get(pk=award_id)
    sentence = f"{award.milestone}. Congratulations!"
    return letter(award.agent_id, "A day to celebrate", sentence, "feedback:my_recognition")


def redemption_decided(*, redemption_id: int) -> EmailMessage | None:
    row = Redemption.objects.select_related("reward").get(pk=redemption_id)
    reason = f" {row.reason}" if row.reason else ""
    sentence = f"Your order of {row.reward.name}: {row.get_state_display().lower()}.{reason}"
    return letter(row.user_id, "Your reward", sentence, "feedback:redemption_list")


def nominated(*, nomination_id: int) -> EmailMessage | None:
    row = Nomination.objects.select_related("program").get(pk=nomination_id)
    sentence = f"A colleague nominated you for {row.program.name}. That alone says something."
    return letter(row.nominee_id, "You were nominated", sentence, "feedback:my_recognition")


def budget_low(*, budget_id: int, person_id: int) -> EmailMessage | None:
    budget = Budget.objects.select_related("team", "account").get(pk=budget_id)
    sentence = (
        f"The budget of {budget.owner_name} has {budget.account.balance} of {budget.points} "
        f"points left until {budget.ends_on:%d %b %Y}."
    )
    return letter(person_id, "A points budget runs low", sentence, "feedback:grant_list")


def stock_low(*, reward_id: int, person_id: int) -> EmailMessage | None:
    reward = Reward.objects.get(pk=reward_id)
    sentence = f"There are {reward.stock} of {reward.name} left."
    return letter(person_id, "A reward runs low", sentence, "feedback:reward_list")


def letter(
    person_id: int, subject: str, sentence: str, url_name: str, *args: int
) -> EmailMessage | None:
    """One mail to somebody who is here and wants such mail."""
    person = User.objects.get(pk=person_id)
    wants = NoticePreference.objects.filter(user=person, by_mail=False).exists() is False
    if not person.is_active or not wants:
        return None
    context = {
        "name": person.short_name,
        "sentence": sentence,
        "url": settings.BASE_URL + reverse(url_name, args=args),
        "settings_url": settings.BASE_URL + reverse("feedback:recognition_preferences"),
    }
    text = render_to_string("feedback/mail/notice.txt", context)
    return EmailMessage(subject, text, to=[person.email])
