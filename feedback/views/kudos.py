"""The wall, giving thanks, and what may be done with one of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import access_log
from accounts.models import AccessKind, TeamMembership
from feedback import recognition_access as access
from feedback.actions import allowances
from feedback.actions import kudos as actions
from feedback.models import Kudos, KudosReaction, RecognitionPolicy
from feedback.models.kudos import Reaction, Visibility
from feedback.recognition_forms import KudosForm, WallFilters
from feedback.views.recognition_common import person
from lib import keyset
from lib.answers import must, page_refusals
from lib.http import number_in
from lib.refusals import Invalid, Refused


def wall(request: HttpRequest) -> HttpResponse:
    """Thanks one may see, newest first; by value, team or person. At most 12 queries."""
    user = person(request)
    rows = Kudos.objects.visible_to(user).for_wall()
    filters = WallFilters(request.GET)
    if filters.is_valid():
        asked = filters.cleaned_data
        if asked["value"]:
            rows = rows.filter(values=asked["value"])
        if asked["team"]:
            in_team = asked["team"].pk
            rows = rows.filter(pk__in=_about("recipients__team", in_team))
        if asked["person"]:
            rows = rows.filter(pk__in=_about("recipients__agent", asked["person"].pk))
    page = keyset.page_of(request, rows, order="-posted_at", limit=25)
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "filters": filters,
        "cards": cards(page.rows, user.pk),
        "reactions": Reaction.choices,
        "previous_url": previous_url,
        "next_url": next_url,
    }
    return render(request, "feedback/wall.html", context)


@page_refusals
def kudos_give(request: HttpRequest) -> HttpResponse:
    """Thank colleagues; a refusal comes back with everything that was typed."""
    user, at = person(request), timezone.now()
    form = KudosForm(user, request.POST or None, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        key = given.pop("key")
        try:
            actions.give_kudos(thanks=actions.Thanks(**given), key=key, by=user, at=at)
            return redirect("feedback:wall")
        except Refused as refusal:
            if refusal.status == 403:
                raise
            name = refusal.field if isinstance(refusal, Invalid) else None
            form.add_error(name if name in form.fields else None, str(refusal))
    policy = RecognitionPolicy.current()
    context = {
        "form": form,
        "giveable": allowances.shown_giveable(user, at),
        "policy": policy,
    }
    return render(request, "feedback/kudos_give.html", context, status=422 if form.errors else 200)


def kudos_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One thank-you with what may be done about it; a supervisor's reading is noted."""
    user, at = person(request), timezone.now()
    kudos = visible_kudos(request, pk)
    recipients = [row.agent_id for row in kudos.recipients.all()]
    if kudos.visibility == Visibility.PRIVATE and user.pk not in (kudos.giver_id, *recipients):
        access_log.note(kind=AccessKind.VIEWED_KUDOS, record=kudos, by=user, at=at)
    context = {
        "card": cards([kudos], user.pk)[0],
        "kudos": kudos,
        "reactions": Reaction.choices,
        "reports": kudos.reports.select_related("by").filter(state="open"),
        "may_withdraw": access.may_withdraw_kudos(user, kudos, at),
        "may_remove": access.may_remove_kudos(user, kudos),
        "is_mine": kudos.giver_id == user.pk,
    }
    return render(request, "feedback/kudos_detail.html", context)


@require_POST
@page_refusals
def kudos_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    actions.withdraw_kudos(kudos=visible_kudos(request, pk), by=person(request), at=timezone.now())
    return redirect("feedback:wall")


@require_POST
@page_refusals
def kudos_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user, kudos = person(request), visible_kudos(request, pk)
    must(access.may_remove_kudos(user, kudos))
    reason = request.POST.get("reason", "")
    actions.remove_kudos(kudos=kudos, reason=reason, by=user, at=timezone.now())
    return redirect("feedback:wall")


@require_POST
@page_refusals
def kudos_keep(request: HttpRequest, pk: int) -> HttpResponse:
    user, kudos = person(request), visible_kudos(request, pk)
    must(access.may_remove_kudos(user, kudos))
    reason = request.POST.get("reason", "")
    actions.keep_kudos(kudos=kudos, reason=reason, by=user, at=timezone.now())
    return redirect("feedback:kudos_detail", pk=pk)


@require_POST
@page_refusals
def kudos_react(request: HttpRequest, pk: int) -> HttpResponse:
    """Add or take back one reaction; htmx gets the card's row of reactions back."""
    user, kudos = person(request), visible_kudos(request, pk)
    kind = request.POST.get("kind", "")
    actions.react_to_kudos(kudos=kudos, kind=kind, by=user, at=timezone.now())
    if request.headers.get("HX-Request"):
        context = {"card": cards([kudos], user.pk)[0], "reactions": Reaction.choices}
        return render(request, "feedback/kudos_reactions.html", context)
    return redirect("feedback:wall")


@require_POST
@page_refusals
def kudos_report(request: HttpRequest, pk: int) -> HttpResponse:
    kudos, reason = visible_kudos(request, pk), request.POST.get("reason", "")
    actions.report_kudos(kudos=kudos, reason=reason, by=person(request), at=timezone.now())
    return redirect("feedback:kudos_detail", pk=pk)


# --- Below the views ----------------------------------------------------------------------------


def visible_kudos(request: HttpRequest, pk: int) -> Kudos:
    return get_object_or_404(Kudos.objects.visible_to(person(request)).for_wall(), pk=pk)


def cards(rows: list[Kudos], person_id: int) -> list[dict[str, object]]:
    """What a card shows of each: counts of reactions and one's own. One query."""
    given = KudosReaction.objects.filter(kudos__in=rows).values_list("kudos", "kind", "user")
    counts = Counter((kudos, kind) for kudos, kind, _user in given)
    own = {(kudos, kind) for kudos, kind, user in given if user == person_id}
    return [
        {
            "kudos": row,
            "reactions": [
                (kind, label, counts[row.pk, kind], (row.pk, kind) in own)
                for kind, label in Reaction.choices
            ],
        }
        for row in rows
    ]


def _about(field: str, pk: int) -> Any:
    """Ids of kudos about a person or a team; a subquery, so that no row stands twice."""
    return Kudos.objects.filter(**{field: pk}).values("pk")


def _initial(request: HttpRequest) -> dict[str, object]:
    """`?to=` names a colleague to thank."""
    wanted = number_in(request.GET.get("to", ""))
    is_there = TeamMembership.objects.filter(user=wanted).exists()
    return {"recipients": [wanted]} if is_there else {}
