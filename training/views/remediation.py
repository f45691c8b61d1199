"""Proposals for supervisors; rules and their replay for trainers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from feedback.models import Response
from quality.models import Evaluation
from quality.refusals import Invalid
from training import access
from training.actions import remediation as actions
from training.forms.remediation import ConfirmForm, RemediationForm, ReplayForm
from training.judgements import CSAT_DRIVER, criterion_texts, moments_of
from training.models import Proposal, RemediationRule
from training.replaying import COACHING_MINUTES, Replay, by_team, replay
from training.views.common import form_page, must, page_refusals, person, refused_by


def proposal_list(request: HttpRequest) -> HttpResponse:
    """What rules propose, waiting first; each with its reason in one sentence."""
    user = person(request)
    rows = Proposal.objects.visible_to(user).select_related(
        "rule__course", "agent", "decided_by", "assignment__course"
    )
    undecided = list(rows.undecided()[:200])
    decided = list(rows.exclude(state="proposed").order_by("-decided_at")[:50])
    context = {
        "waiting": _told(undecided, user),
        "decided": _told(decided, user),
        "may_manage": access.may_replay(user),
    }
    return render(request, "training/proposal_list.html", context)


def proposal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Reason and evidence; confirm with another course or date, or dismiss with a reason."""
    return _page(request, visible_proposal(request, pk), ConfirmForm())


@require_POST
@page_refusals
def proposal_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    proposal, user = visible_proposal(request, pk), person(request)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _page(request, proposal, form, status=422)
    try:
        actions.confirm_proposal(proposal=proposal, by=user, at=timezone.now(), **form.cleaned_data)
    except Invalid as refusal:
        refused_by(form, refusal)
        return _page(request, proposal, form, status=422)
    return redirect("training:proposal_detail", pk=pk)


@require_POST
@page_refusals
def proposal_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing follows; or, once its evidence changed, a confirmed one is taken back."""
    proposal, user, at = visible_proposal(request, pk), person(request), timezone.now()
    reason = request.POST.get("reason", "")
    if proposal.state == "confirmed":
        actions.withdraw_proposal(proposal=proposal, reason=reason, by=user, at=at)
    else:
        actions.dismiss_proposal(proposal=proposal, reason=reason, by=user, at=at)
    return redirect("training:proposal_list")


# --- Rules ------------------------------------------------------------------------------------


def remediation_list(request: HttpRequest) -> HttpResponse:
    rules = list(RemediationRule.objects.select_related("course", "team", "queue", "topic"))
    texts = criterion_texts(rule.criterion_key for rule in rules if rule.criterion_key)
    rows = [
        (
            rule,
            "the person, to customers"
            if rule.kind == CSAT_DRIVER
            else texts.get(rule.criterion_key, "any critical criterion"),
        )
        for rule in rules
    ]
    return render(request, "training/remediation_list.html", {"rows": rows})


@page_refusals
def remediation_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    rule = None if pk is None else get_object_or_404(RemediationRule, pk=pk)
    form = RemediationForm(request.POST or None, instance=rule)
    if request.method == "POST" and form.is_valid():
        stored = None if pk is None else RemediationRule.objects.get(pk=pk)
        saved = actions.save_remediation_rule(
            rule=stored, by=person(request), at=timezone.now(), **form.cleaned_data
        )
        return redirect("training:remediation_replay", pk=saved.pk)
    return form_page(request, "training/remediation_form.html", form, {"rule": rule})


def remediation_replay(request: HttpRequest, pk: int) -> HttpResponse:
    """The rule as it is beside a changed one, over a past period; nothing is proposed by it."""
    rows = RemediationRule.objects.select_related("course__current_revision", "team", "queue")
    rule = get_object_or_404(rows, pk=pk)
    form = ReplayForm(request.GET if "k" in request.GET else ReplayForm.usual(rule))
    context: dict[str, Any] = {"rule": rule, "form": form}
    if form.is_valid():
        now, tried = _replays(rule, form.cleaned_data)
        texts = criterion_texts({one.criterion_key for one in tried.fired})
        context |= {
            "runs": [("As it is", now), ("As tried", tried)],
            "fired": [(one, texts.get(one.criterion_key, "")) for one in tried.fired[-200:]],
            "chart": by_team(tried, timezone.now()),
            "tried": tried,
        }
    status = 200 if form.is_valid() else 422
    return render(request, "training/remediation_replay.html", context, status=status)


# --- Below the views --------------------------------------------------------------------------


def visible_proposal(request: HttpRequest, pk: int) -> Proposal:
    rows = Proposal.objects.visible_to(person(request)).select_related(
        "rule__course", "agent", "decided_by", "assignment__course"
    )
    return get_object_or_404(rows, pk=pk)


def _told(proposals: list[Proposal], user: Any) -> list[tuple[Proposal, str, bool]]:
    """Each with its sentence and whether this person decides it. Three queries for all."""
    texts = criterion_texts(one.criterion_key for one in proposals)
    moments = moments_of({pk for one in proposals for pk in one.evidence})
    found = []
    for one in proposals:
        text = texts.get(one.criterion_key, one.criterion_key)
        found.append((one, actions.told(text, one, moments), one.agent_id != user.pk))
    return found


def _page(
    request: HttpRequest, proposal: Proposal, form: ConfirmForm, *, status: int = 200
) -> HttpResponse:
    user = person(request)
    evaluations = Evaluation.objects.visible_to(user).for_reading()
    ids = [pk for pk in proposal.evidence if isinstance(pk, int)]
    answers = Response.objects.visible_to(user).filter(
        pk__in=[UUID(pk) for pk in proposal.evidence if isinstance(pk, str)]
    )
    context = {
        "proposal": proposal,
        "sentence": actions.sentence_of(proposal),
        "evaluations": evaluations.filter(pk__in=ids).order_by("released_at"),
        "answers": answers.for_list().order_by("submitted_at"),
        "form": form,
        "may_decide": proposal.agent_id != user.pk,
    }
    must(access.may_confirm(user))
    return render(request, "training/proposal_detail.html", context, status=status)


def _replays(rule: RemediationRule, given: dict[str, Any]) -> tuple[Replay, Replay]:
    asked = actions.asked_of(rule)
    names = ("k", "n", "window_days", "cool_off_days")
    changed = replace(asked, **{name: given[name] for name in names})
    rate = given.get("rate_percent")
    first = timezone.make_aware(datetime.combine(given["from_on"], time()))
    last = timezone.make_aware(datetime.combine(given["until_on"] + timedelta(days=1), time()))
    minutes = COACHING_MINUTES if rule.coaching_text else 0
    if rule.course is not None and rule.course.current_revision is not None:
        minutes += rule.course.current_revision.expected_minutes
    typed = None if rate is None else float(rate) / 100
    return (
        replay(asked, first, last, minutes_each=minutes, typed_rate=typed),
        replay(changed, first, last, minutes_each=minutes, typed_rate=typed),
    )
