"""One's own recognition: points, badges, praise, statement, and what others may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from feedback.actions import allowances, badges, boards
from feedback.models import (
    BadgeAward,
    Birthday,
    BoardPreference,
    Kudos,
    NoticePreference,
    PointsAccount,
    Posting,
    VolumeDecision,
)
from feedback.models.points import AccountKind
from feedback.models.policy import tier_of
from feedback.recognition_forms import PreferencesForm
from feedback.statements import statement_of, statement_rows
from feedback.views.kudos import cards
from feedback.views.recognition_common import person, table_file
from lib import keyset
from lib.answers import page_refusals
from lib.refusals import Invalid


def my_recognition(request: HttpRequest) -> HttpResponse:
    """Points, badges with why, and the latest thanks; a constant number of queries."""
    user, at = person(request), timezone.now()
    giveable = allowances.shown_giveable(user, at)
    wallet = PointsAccount.objects.filter(owner=user, kind=AccountKind.WALLET).first()
    received = Kudos.objects.posted().filter(recipients__agent=user).for_wall()[:6]
    NoticePreference.objects.update_or_create(user=user, defaults={"seen_at": at})
    lifetime = wallet.lifetime if wallet else 0
    context = {
        "giveable": giveable,
        "redeemable": wallet.balance if wallet else 0,
        "lifetime": lifetime,
        "tier": tier_of(lifetime),
        "awards": BadgeAward.objects.standing().filter(agent=user).select_related("badge", "rule"),
        "milestones": user.milestones.select_related("milestone")[:6],
        "gate": VolumeDecision.objects.filter(agent=user, is_passed=False).first(),
        "cards": cards(list(received), user.pk),
    }
    return render(request, "feedback/my_recognition.html", context)


def points_statement(request: HttpRequest) -> HttpResponse:
    """Every movement of one's wallet with its cause and the balance after it."""
    user = person(request)
    rows = Posting.objects.of_person(user)
    page = keyset.page_of(request, rows, order="-id", limit=50)
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "rows": page.rows,
        "statement": statement_of(user, timezone.now()),
        "previous_url": previous_url,
        "next_url": next_url,
    }
    return render(request, "feedback/points_statement.html", context)


def points_export(request: HttpRequest) -> HttpResponseBase:
    """The whole statement with a line of totals."""
    return table_file(request, statement_rows(person(request)), "points")


@page_refusals
def recognition_preferences(request: HttpRequest) -> HttpResponse:
    user, at = person(request), timezone.now()
    form = PreferencesForm(request.POST or None, initial=_stored(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            boards.prefer_on_boards(
                is_hidden=given["is_hidden"], alias=given["alias"], by=user, at=at
            )
        except Invalid as refusal:
            form.add_error("alias", str(refusal))
        else:
            _keep(request, given)
            return redirect("feedback:my_recognition")
    context = {"form": form}
    status = 422 if form.errors else 200
    return render(request, "feedback/recognition_preferences.html", context, status=status)


@require_POST
@page_refusals
def award_show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one's badge to colleagues, or hide it."""
    user = person(request)
    award = get_object_or_404(BadgeAward.objects.standing().filter(agent=user), pk=pk)
    is_shown = request.POST.get("shown") == "1"
    badges.show_badge(award=award, is_shown=is_shown, by=user, at=timezone.now())
    return redirect("feedback:my_recognition")


# --- Below the views ----------------------------------------------------------------------------


def _stored(request: HttpRequest) -> dict[str, object]:
    user = person(request)
    notices = NoticePreference.objects.filter(user=user).first()
    shown = BoardPreference.objects.filter(user=user).first()
    birthday = Birthday.objects.filter(user=user).first()
    return {
        "by_mail": notices.by_mail if notices else True,
        "is_hidden": shown.is_hidden if shown else False,
        "alias": shown.alias if shown else "",
        "birthday": f"{birthday.day:02}-{birthday.month:02}" if birthday else "",
    }


def _keep(request: HttpRequest, given: dict[str, Any]) -> None:
    user = person(request)
    NoticePreference.objects.update_or_create(user=user, defaults={"by_mail": given["by_mail"]})
    birthday = given["birthday"]
    if isinstance(birthday, tuple):
        day, month = birthday
        Birthday.objects.update_or_create(user=user, defaults={"day": day, "month": month})
    else:
        Birthday.objects.filter(user=user).delete()
