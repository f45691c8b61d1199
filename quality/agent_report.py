"""The quality of one agent as a document: averages, trend, criteria, results, disputes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string

from accounts.models import User
from lib import charts, pdf
from quality import analytics, averages
from quality.averages import Average, Rate
from quality.models import Dispute, Evaluation
from quality.models.evaluations import EvaluationQuerySet
from quality.slice_form import SliceForm
from quality.slices import Slice
from quality.team_study import failures_of, texts_of, trend_of

MOST_ROWS = 200
METHOD = (
    "Counting evaluations: submitted and released, not void, with a score, drawn at random unless "
    "said otherwise. Means have 95 % t intervals, shares 95 % Wilson intervals. Below 5 there is "
    "no figure. Failures that are not the agent's fault left the score and are not counted here."
)


@dataclass(frozen=True)
class CriterionShare:
    """How often the agent's answers to one criterion failed by the agent's own fault."""

    text: str
    rate: Rate


@dataclass(frozen=True)
class AgentStudy:
    average: Average
    pass_rate: Rate
    trend: charts.Chart
    failures: charts.Chart
    criteria: list[CriterionShare]
    evaluations: list[Evaluation]
    left_out: int
    disputes: list[Dispute]


def agent_study(rows: EvaluationQuerySet, piece: Slice) -> AgentStudy:
    """What `rows` of one agent say within the slice; nine queries, however many there are."""
    narrowed = piece.narrow(rows)
    cells = analytics.by_criterion(narrowed)
    texts = texts_of(cells)
    agent = next(iter(analytics.by_agent(narrowed)), None)
    shares = [CriterionShare(texts[c.name], averages.rate(c.failed, c.applicable)) for c in cells]
    shown = list(narrowed.for_reading().order_by("-handled_at", "-pk")[: MOST_ROWS + 1])
    disputes = Dispute.objects.filter(evaluation__in=narrowed).select_related("evaluation")
    return AgentStudy(
        average=averages.average_from(agent.sums) if agent else averages.average([]),
        pass_rate=averages.rate(agent.passed, agent.judged) if agent else averages.rate(0, 0),
        trend=trend_of(narrowed, piece),
        failures=failures_of(cells, texts),
        criteria=sorted(shares, key=lambda one: (-one.rate.k, one.text)),
        evaluations=shown[:MOST_ROWS],
        left_out=max(0, len(shown) - MOST_ROWS),
        disputes=list(disputes.order_by("filed_at")[:MOST_ROWS]),
    )


def agent_report_html(agent: User, rows: EvaluationQuerySet, form: SliceForm, at: datetime) -> str:
    """`form` is valid; `rows` are those of the agent that the reader may see."""
    piece = form.slice()
    context = {
        "title": f"Quality of {agent.short_name}",
        "subject": f"{piece.from_on} to {piece.until_on}",
        "facts": form.in_words(),
        "as_of": at,
        "generated_at": at,
        "method": METHOD,
        "piece": piece,
        "study": agent_study(rows, piece),
    }
    return render_to_string("pdf/agent_report.html", context)


def agent_report_pdf(
    agent: User, rows: EvaluationQuerySet, form: SliceForm, *, at: datetime
) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(agent_report_html(agent, rows, form, at), generated_at=at)
