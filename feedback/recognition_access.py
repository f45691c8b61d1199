"""Who may do what with which row of recognition."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts.models import TeamMembership, User
from accounts.permissions import has, scope
from feedback.actions.kudos import TIME_TO_WITHDRAW
from feedback.models import Kudos, KudosRecipient, Redemption
from feedback.models.kudos import KudosState
from feedback.models.rewards import HOLDING_STATES
from ops.models import StoredFile


def may_withdraw_kudos(user: User, kudos: Kudos, at: datetime) -> bool:
    is_mine = kudos.giver_id == user.pk and kudos.state == KudosState.POSTED
    return is_mine and at < kudos.posted_at + TIME_TO_WITHDRAW


def may_remove_kudos(user: User, kudos: Kudos) -> bool:
    """Supervisors of a recipient or of the giver, and administrators."""
    reach = scope(user, "feedback.remove_kudos")
    if reach != "team":
        return reach == "all"
    in_force = TeamMembership.objects.in_force(timezone.now())
    led = in_force.filter(user=user, kind="supervisor").values("team_id")
    recipients = KudosRecipient.objects.filter(kudos=kudos, team__in=led)
    givers = in_force.agents().filter(user=kudos.giver_id, team__in=led)
    return recipients.exists() or givers.exists()


def may_decide_redemption(user: User, redemption: Redemption) -> bool:
    """Whoever approves and sees it; never the person who ordered."""
    is_open = redemption.state in HOLDING_STATES
    return is_open and redemption.user_id != user.pk and has(user, "feedback.approve_redemption")


def may_cancel_redemption(user: User, redemption: Redemption) -> bool:
    return redemption.user_id == user.pk and redemption.state == "pending"


def may_read_reward_image(user: User, stored: StoredFile) -> bool:
    """Whoever may order from the catalog sees its pictures."""
    return has(user, "feedback.redeem_reward")
