"""The catalog, one's orders, and the inbox of whoever approves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.permissions import has
from feedback.actions import rewards as actions
from feedback.models import PointsAccount, Redemption, Reward
from feedback.models.points import AccountKind
from feedback.site_days import site_day
from feedback.statements import redemption_rows
from feedback.views.recognition_common import new_key, person, table_file
from lib import keyset
from lib.answers import must, page_refusals
from lib.http import number_in


def reward_list(request: HttpRequest) -> HttpResponse:
    """What points buy, what one can afford first. Four queries."""
    user = person(request)
    wallet = PointsAccount.objects.filter(owner=user, kind=AccountKind.WALLET).first()
    balance = wallet.balance if wallet else 0
    rows = list(Reward.objects.offered(site_day(timezone.now())))
    rows.sort(key=lambda row: (row.price > balance, row.price, row.name))
    context = {
        "rows": [(row, terms_of(row), row.price <= balance, new_key()) for row in rows],
        "balance": balance,
        "may_manage": has(user, "feedback.manage_rewards"),
    }
    return render(request, "feedback/reward_list.html", context)


def terms_of(reward: Reward) -> list[str]:
    """How many are left, how many one may have, and whether somebody has to agree."""
    terms = []
    if reward.stock is not None:
        left = gettext("%(count)s left") % {"count": reward.stock}
        terms.append(left if reward.stock else gettext("None left"))
    if reward.per_person_limit:
        limit = {
            "limit": reward.per_person_limit,
            "period": reward.get_limit_period_display().lower(),
        }
        terms.append(gettext("%(limit)s per person, %(period)s") % limit)
    if reward.needs_approval:
        terms.append(gettext("after approval"))
    return terms


@require_POST
@page_refusals
def reward_redeem(request: HttpRequest, pk: int) -> HttpResponse:
    actions.redeem_reward(
        reward=get_object_or_404(Reward, pk=pk),
        quantity=number_in(request.POST.get("quantity", "1")),
        key=request.POST.get("key", "")[:64] or new_key(),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("feedback:redemption_list")


def redemption_list(request: HttpRequest) -> HttpResponse:
    """One's own orders, and above them those that wait for one's decision."""
    user = person(request)
    seen = Redemption.objects.visible_to(user).select_related("user", "reward", "decided_by")
    waiting = []
    if has(user, "feedback.approve_redemption"):
        waiting = list(seen.holding().exclude(user=user).order_by("ordered_at")[:100])
    page = keyset.page_of(request, seen.filter(user=user), order="-ordered_at", limit=25)
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "waiting": waiting,
        "mine": page.rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "may_decide": has(user, "feedback.approve_redemption"),
    }
    return render(request, "feedback/redemption_list.html", context)


def redemption_export(request: HttpRequest) -> HttpResponseBase:
    rows = Redemption.objects.visible_to(person(request)).order_by("ordered_at")
    return table_file(request, redemption_rows(rows), "redemptions")


@require_POST
@page_refusals
def redemption_approve(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, actions.approve_redemption)


@require_POST
@page_refusals
def redemption_fulfill(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, actions.fulfill_redemption)


@require_POST
@page_refusals
def redemption_decline(request: HttpRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("reason", "")
    return _decide(request, pk, actions.decline_redemption, reason=reason)


@require_POST
@page_refusals
def redemption_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    redemption = get_object_or_404(Redemption.objects.filter(user=user), pk=pk)
    actions.cancel_redemption(redemption=redemption, by=user, at=timezone.now())
    return redirect("feedback:redemption_list")


def _decide(
    request: HttpRequest, pk: int, verb: Callable[..., Redemption], **more: Any
) -> HttpResponse:
    user = person(request)
    rows: QuerySet[Redemption] = Redemption.objects.visible_to(user)
    redemption = get_object_or_404(rows, pk=pk)
    must(redemption.user_id != user.pk and has(user, "feedback.approve_redemption"))
    verb(redemption=redemption, by=user, at=timezone.now(), **more)
    return redirect("feedback:redemption_list")
