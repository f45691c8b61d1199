"""Programs and their decisions: whom a survey asks, and why somebody was or was not asked."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from crm.references import number
from feedback import suppressing
from feedback.actions import asking
from feedback.models import FrequencyRule, Program, SendDecision, Suppression
from feedback.models.survey_programs import Outcome, Trigger
from feedback.survey_access import may_design
from feedback.survey_program_forms import FrequencyForm, ProgramForm, SimulateForm
from feedback.views.common import person
from lib import charts, keyset
from lib.answers import page_refusals
from lib.http import number_in
from lib.refusals import Invalid, Refused

LATELY = timedelta(days=30)
TONES = {"live": "good", "paused": "warn", "draft": "accent", "ended": ""}
OUTCOME_TONES = {"invited": "good", "delayed": "accent", "suppressed": "warn", "blocked": "warn"}


def survey_program_list(request: HttpRequest) -> HttpResponse:
    """Programs with what they decided in the last 30 days; two queries."""
    user = person(request)
    programs = list(Program.objects.visible_to(user).select_related("survey"))
    since = timezone.now() - LATELY
    counts: dict[int, Counter[str]] = {program.pk: Counter() for program in programs}
    rows = SendDecision.objects.filter(program__in=counts, decided_at__gt=since)
    for pk, outcome, n in rows.values_list("program", "outcome").annotate(n=Count("pk")).order_by():
        counts[pk][outcome] = n
    context = {
        "rows": [
            {
                "program": program,
                "tone": TONES[program.state],
                "invited": counts[program.pk]["invited"],
                "decided": counts[program.pk].total(),
            }
            for program in programs
        ],
        "may_design": may_design(user),
        "rules": FrequencyRule.objects.visible_to(user).filter(scope="global"),
    }
    return render(request, "feedback/survey_program_list.html", context)


def survey_program_create(request: HttpRequest) -> HttpResponse:
    form = ProgramForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            program = asking.create_program(
                survey=form.cleaned_data["survey"],
                trigger=form.cleaned_data["trigger"],
                by=person(request),
                at=timezone.now(),
                **form.values(),
            )
            return redirect("feedback:survey_program_detail", pk=program.pk)
        except Invalid as refusal:
            form.add_error(None, str(refusal))
    status = 422 if form.errors else 200
    return render(request, "feedback/survey_program_edit.html", {"form": form}, status=status)


def survey_program_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What a program does, what it decided lately, and what other settings would have done."""
    program = visible_program(request, pk)
    decided = _decided(program)
    simulate_form = SimulateForm(request.GET or None)
    simulated: list[tuple[str, int, int]] = []
    if simulate_form.is_bound and simulate_form.is_valid():
        found = asking.simulate(program=program, at=timezone.now(), **simulate_form.wanted())
        simulated = _beside(decided, found)
    context = {
        "program": program,
        "tone": TONES[program.state],
        "facts": facts_of(program),
        "rules": FrequencyRule.objects.applying_to(program),
        "rule_form": FrequencyForm(),
        "simulate_form": simulate_form,
        "simulated": simulated,
        "chart": _outcomes(decided),
        "may_design": may_design(person(request)),
    }
    status = 422 if simulate_form.errors else 200
    return render(request, "feedback/survey_program_detail.html", context, status=status)


def _decided(program: Program) -> Counter[str]:
    rows = program.decisions.filter(decided_at__gt=timezone.now() - LATELY)
    return Counter(dict(rows.values_list("outcome").annotate(n=Count("pk")).order_by()))


def _beside(decided: Counter[str], simulated: Counter[str]) -> list[tuple[str, int, int]]:
    """Each outcome with its two counts; the last row sums them."""
    rows = [
        (label, decided[code], simulated[code])
        for code, label in Outcome.choices
        if decided[code] or simulated[code]
    ]
    return [*rows, ("Together", decided.total(), simulated.total())]


def _outcomes(decided: Counter[str]) -> charts.Chart | None:
    if not decided:
        return None
    shown = [(label, decided[code]) for code, label in Outcome.choices if code in decided]
    return charts.bars(
        [str(label) for label, _ in shown],
        [float(n) for _, n in shown],
        title="Decisions of the last 30 days",
        label_header="Outcome",
        value_header="Decisions",
        lying=True,
    )


def facts_of(program: Program) -> list[tuple[str, Any]]:
    """The program in words."""
    conditions = program.conditions
    share = program.strata[0]["p"] if program.strata else "1"
    return [
        ("Survey", program.survey),
        ("Asks when", program.get_trigger_display()),
        ("Share asked", f"{float(share) * 100:g} %"),
        ("After", ", ".join(conditions.get("channels", [])) or "all channels"),
        ("By", ", ".join(program.channels)),
        (
            "Delay",
            f"{program.delay_seconds / 3600:g} h, within {program.max_age_seconds // 86400} days",
        ),
        ("Reminders", f"{program.reminder_max}, {program.reminder_gap_days} days apart"),
        ("Links hold", f"{program.valid_days} days"),
        ("Credit", program.get_attribution_display()),
    ]


def survey_program_edit(request: HttpRequest, pk: int) -> HttpResponse:
    program = visible_program(request, pk)
    form = ProgramForm(request.POST or None, program=program)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                asking.change_program(
                    program=program,
                    changes=form.values(),
                    seen=number_in(request.POST.get("version", "")),
                    by=person(request),
                    at=timezone.now(),
                )
                return redirect("feedback:survey_program_detail", pk=pk)
            except Refused as refusal:
                status = refusal.status
                form.add_error(None, str(refusal))
    context = {"form": form, "program": program}
    return render(request, "feedback/survey_program_edit.html", context, status=status)


@require_POST
@page_refusals
def survey_program_state(request: HttpRequest, pk: int) -> HttpResponse:
    asking.set_program_state(
        program=visible_program(request, pk),
        state=request.POST.get("state", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("feedback:survey_program_detail", pk=pk)


@require_POST
@page_refusals
def rule_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A frequency rule for this program, its survey, or everything."""
    program = visible_program(request, pk)
    form = FrequencyForm(request.POST)
    if not form.is_valid():
        raise Invalid("max_sends", "Say how many in how many days.")
    data = form.cleaned_data
    asking.add_rule(
        scope=data["scope"],
        program=program if data["scope"] == "program" else None,
        survey=program.survey if data["scope"] == "survey" else None,
        max_sends=data["max_sends"],
        window_seconds=data["days"] * 86_400,
        mode=data["mode"],
        counts_reminders=data["counts_reminders"],
        by=person(request),
        at=timezone.now(),
    )
    return redirect("feedback:survey_program_detail", pk=pk)


@require_POST
@page_refusals
def rule_remove(request: HttpRequest, pk: int, rule_id: int) -> HttpResponse:
    visible_program(request, pk)
    rule = get_object_or_404(FrequencyRule.objects.visible_to(person(request)), pk=rule_id)
    asking.remove_rule(rule=rule, by=person(request), at=timezone.now())
    return redirect("feedback:survey_program_detail", pk=pk)


def visible_program(request: HttpRequest, pk: int) -> Program:
    rows = Program.objects.visible_to(person(request)).select_related("survey")
    return get_object_or_404(rows, pk=pk)


# --- Decisions -----------------------------------------------------------------------------------


def decision_list(request: HttpRequest) -> HttpResponse:
    """Why somebody was or was not asked: newest first, or by interaction or address."""
    user = person(request)
    words = request.GET.get("q", "").strip()[:200]
    outcome = request.GET.get("outcome", "")
    rows = SendDecision.objects.visible_to(user).select_related(
        "program__survey", "rule", "interaction"
    )
    is_suppressed = False
    if words:
        rows, is_suppressed = _found(rows, words)
    if outcome in Outcome.values:
        rows = rows.filter(outcome=outcome)
    page = keyset.page_of(request, rows, order="-decided_at", limit=50)
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "rows": [(row, OUTCOME_TONES.get(row.outcome, ""), _steps(row)) for row in page.rows],
        "words": words,
        "outcome": outcome,
        "outcomes": Outcome.choices,
        "is_suppressed": is_suppressed,
        "previous_url": previous_url,
        "next_url": next_url,
        "has_programs": bool(page.rows)
        or Program.objects.filter(trigger__in=Trigger.values).exists(),
    }
    return render(request, "feedback/decision_list.html", context)


def _found(rows: Any, words: str) -> tuple[Any, bool]:
    """Decisions about an interaction, or about the customers with an address."""
    pk = number(words, "I")
    if pk is not None:
        return rows.filter(interaction=pk), False
    hashes = suppressing.address_hashes(words)
    is_suppressed = Suppression.objects.filter(address_hmac__in=hashes).exists()
    value = words.lower()
    found = rows.filter(customer__contact_points__value=value)
    return found.distinct(), is_suppressed


STEPS = (
    ("cap_reached", "Answers are still wanted"),
    ("too_old", "Recent enough"),
    ("no_contact_point", "A way to reach the customer"),
    ("suppressed", "The address did not opt out"),
    ("no_consent", "The customer allows it"),
    ("not_sampled", "Drawn by chance"),
    ("blocked", "Not asked too often"),
    ("delayed", "Now and not later"),
    ("reopened", "Nothing newer happened"),
)


def _steps(row: SendDecision) -> list[tuple[str, str]]:
    """Each step with how it went: passed, decided or not reached."""
    codes = [code for code, _ in STEPS]
    stop = codes.index(row.outcome) if row.outcome in codes else len(codes)
    return [
        (title, "passed" if at < stop else "decided" if at == stop else "open")
        for at, (_, title) in enumerate(STEPS)
    ]
