"""Documents: what a kind of report is about, and the words and figures it is printed from.

A document is gathered whole, as HTML with a list of its values, and later printed from that alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape

from accounts.models import User
from lib.http import number_in
from lib.refusals import Invalid
from lib.sentences import said
from lib.speaking import SOURCE
from lib.tabular import csv_lines
from quality import access as quality_access
from quality.models import Evaluation
from quality.slice_form import SliceForm
from quality.team_report import team_report_html
from reports import access, data_quality
from reports.definitions import all_service_levels
from reports.executive import Executive, first_of_last_month
from reports.forms import FilterForm, WrongAddress
from reports.months import month_period, month_query
from reports.numbers import Number, side_by_side
from reports.numbers_form import NumbersForm
from reports.operations import Operations
from reports.operations_file import table_lines
from reports.periods import Period
from reports.rollups.marking import site_day
from reports.scorecards import Scorecards

METHOD = (
    "95 % intervals: Wilson for shares, t for means; none below n = 5. Verdicts are judged by the "
    "interval. Values of several days or queues are sums of both sides, never means of percentages."
)

JOINED = "joined"
ANNEX = "annex"
MOST_LINES = 500
LONGEST_CELL = 2000
CELL = re.compile(rf"(<t[dh][^>]*>)([^<]{{{LONGEST_CELL + 1},}})(?=</t[dh]>)")
# Of one document that holds others: a quarter of what the renderer may take.
MOST_JOINED, MOST_JOINED_LETTERS = 50, 1_000_000


@dataclass(frozen=True)
class Document:
    """One document of a run: whom it is about, its HTML, and its values by name.

    An annex has no HTML: it is the text of a CSV file, named in the document it belongs to.
    """

    subject_kind: str
    subject_id: int
    name: str
    html: str
    values: list[tuple[str, str]]
    annex: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256((self.annex or self.html).encode()).hexdigest()

    @property
    def snapshot(self) -> dict[str, Any]:
        """All that is stored of it."""
        return {"annex": self.annex} if self.annex else {"html": self.html, "values": self.values}


@dataclass(frozen=True)
class Order:
    """What was ordered: filters as in an address, by whom, with facts as of a moment."""

    query: QueryDict
    by: User
    as_of: datetime
    code: str = ""


Gather = Callable[[Order], list[Document]]


def gather(kind: str, order: Order) -> list[Document]:
    """Every document of the order; raises Invalid where there is nothing to report on.

    Documents are in English whoever orders them: the same facts have one code, and one file.
    """
    try:
        with translation.override(SOURCE):
            documents = GATHERERS[kind](order)
    except WrongAddress as error:
        raise Invalid("query", str(error)) from None
    if not documents:
        raise Invalid("query", said("There is nobody to report on with these filters."))
    return [replace(one, html=with_short_cells(one.html)) for one in documents]


def with_short_cells(html: str) -> str:
    """The same with the text of cells cut where a page could not hold it."""

    def cut(cell: re.Match[str]) -> str:
        text = unescape(cell[2])
        is_long = len(text) > LONGEST_CELL
        return cell[1] + (escape(text[: LONGEST_CELL - 1]) + "…" if is_long else cell[2])

    return CELL.sub(cut, html)


def joined(documents: Sequence[Document], title: str) -> list[Document]:
    """The documents one after the other, in parts that are printed at once; none of a single one.

    Annexes are left out.

    As everything of a document stands in its HTML, so does everything of the whole.
    """
    documents = [one for one in documents if not one.annex]
    if len(documents) < 2:
        return []
    parts: list[list[Document]] = [[]]
    for document in documents:
        size = sum(len(one.html) for one in parts[-1]) + len(document.html)
        if parts[-1] and (len(parts[-1]) == MOST_JOINED or size > MOST_JOINED_LETTERS):
            parts.append([])
        parts[-1].append(document)
    names = ["All in one"] if len(parts) == 1 else [f"Part {n + 1}" for n in range(len(parts))]
    return [
        Document(JOINED, number, name, _joined(part, title), [])
        for number, (name, part) in enumerate(zip(names, parts, strict=True), start=1)
    ]


def _joined(documents: Sequence[Document], title: str) -> str:
    """The first document's frame around the bodies of all, each on a page of its own."""
    head, _body, _rest = documents[0].html.partition("<body>")
    head = re.sub("<title>.*?</title>", f"<title>{escape(title)}</title>", head, flags=re.DOTALL)
    bodies = (one.html.partition("<body>")[2].rpartition("</body>")[0] for one in documents)
    pages = '</div>\n<div class="new-page">'.join(bodies)
    return f"{head}<body><div>{pages}</div></body>\n</html>"


def code_of(values: Sequence[tuple[str, str]]) -> str:
    """Twelve letters that stand for exactly these values."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:12]


def printed(
    template: str,
    order: Order,
    values: list[tuple[str, str]],
    *,
    title: str,
    subject: str,
    facts: list[tuple[str, str]],
    slugs: Sequence[str],
    **more: Any,
) -> str:
    context = {
        "title": title,
        "subject": subject,
        "facts": [
            *facts,
            ("Ordered by", order.by.short_name),
            ("Snapshot", code_of(values)),
        ],
        "as_of": order.as_of,
        "generated_at": order.as_of,
        "method": f"{METHOD} Definitions: {', '.join(dict.fromkeys(slugs))}.",
        "LANGUAGE_CODE": "en",
        **more,
    }
    return render_to_string(f"pdf/{template}.html", context)


def filters(order: Order) -> FilterForm:
    form = FilterForm(order.query, user=order.by, today=site_day(order.as_of))
    if not form.checked():
        raise Invalid(
            "query", said("The last day lies before the first, or the period is too long.")
        )
    return form


def month_of(order: Order) -> Period:
    """The month asked for, else the last one."""
    asked = str(order.query.get("month") or "")
    return month_period(asked or month_query(first_of_last_month(site_day(order.as_of))))


# --- Kinds ---------------------------------------------------------------------------------------


def operations_documents(order: Order) -> list[Document]:
    if not access.may_view_operations(order.by):
        return []
    form = filters(order)
    page = Operations.of(form)
    if page.is_empty:
        return []
    tiles, table = page.tiles(), page.table()
    levels = side_by_side(
        all_service_levels(page.definition("sl")), page.now, page.registry, form.query
    )
    values = [(tile.slug, tile.shown) for tile in tiles]
    values += [(f"{one.slug} side by side", one.shown) for one in levels]
    values += [
        (f"{line.name}: {column.slug}", shown)
        for line in table
        for column, shown in zip(page.columns, line.shown, strict=True)
    ]
    pictures = [page.trend(), page.queue_days(), page.hours(), page.waits()]
    name = f"Operations, {form.whole_period.words}"
    annexes = []
    if len(table) > MOST_LINES:
        annex = b"".join(csv_lines(table_lines(page, order.as_of))).decode("utf-8-sig")
        annexes.append(Document(ANNEX, 0, f"{name}, all lines", "", [], annex))
    html = printed(
        "operations",
        order,
        values,
        title="Operations",
        subject=form.whole_period.words,
        facts=form.in_words(),
        slugs=[tile.slug for tile in tiles],
        tiles=[tile_row(tile) for tile in tiles],
        levels=levels,
        columns=page.columns,
        table=table[:MOST_LINES],
        lines=len(table),
        annex=annexes[0].name if annexes else "",
        by=page.by_words,
        pictures=[chart for chart in pictures if chart is not None],
        missing=data_quality.missing_times(page.slice),
    )
    return [Document("queues", 0, name, html, values), *annexes]


def tile_row(tile: Number) -> dict[str, str]:
    note = tile.reason or f"n = {tile.measured.n:,}"
    told = [part for part in (note, tile.interval, tile.change_words) if part]
    return {"label": tile.label, "value": tile.shown, "note": " · ".join(told)}


def review_documents(order: Order) -> list[Document]:
    """One for each agent: of a team, of one person, or one's own."""
    period = month_of(order)
    agents = reviewed(order)
    is_own = [agent.pk for agent in agents] == [order.by.pk]
    cards = Scorecards(period, agents, only_released=is_own)
    documents = []
    for agent in agents:
        card = cards.of(agent)
        figures = [*card.work, *card.quality]
        values = [(figure.number.slug, figure.number.shown) for figure in figures]
        html = printed(
            "agent_review",
            order,
            values,
            title=f"Monthly review: {agent.short_name}",
            subject=period.words,
            facts=[("Agent", agent.short_name), ("Team", card.team or "none")],
            slugs=[figure.number.slug for figure in figures],
            card=card,
        )
        documents.append(Document("agent", agent.pk, agent.short_name, html, values))
    return documents


def reviewed(order: Order) -> list[User]:
    """The people asked for, of those whose scorecard the orderer may see; by name."""
    agents = access.agents_of(order.by)
    if order.query.get("agent"):
        return [agent for agent in agents if str(agent.pk) == order.query["agent"]]
    if order.query.get("team"):
        wanted = str(order.query["team"])
        members = access.members_of(number_in(wanted)) if number_in(wanted) else set()
        return [agent for agent in agents if agent.pk in members]
    return agents


def team_quality_documents(order: Order) -> list[Document]:
    """The document of the team quality page, for each team or the one asked for."""
    teams = quality_access.teams_whose_quality_shows(order.by).order_by("name")
    if order.query.get("team"):
        wanted = str(order.query["team"])
        teams = teams.filter(pk=number_in(wanted))
    form = SliceForm(slice_query(order), user=order.by, without=("team", "faults"))
    if not form.is_valid():
        raise Invalid("query", said("The period of the report cannot be used."))
    documents = []
    for team in teams:
        rows = Evaluation.objects.visible_to(order.by).filter(team=team)
        html = team_report_html(team, rows, form, at=order.as_of)
        count = form.slice().narrow(rows).count()
        values = [("evaluations", str(count))]
        documents.append(Document("team", team.pk, team.name, html, values))
    return documents


def slice_query(order: Order) -> QueryDict:
    """A month as the period of quality's filters; the last one without a month."""
    period = month_of(order)
    query = QueryDict(mutable=True)
    query.update({"from_on": period.start.isoformat(), "until_on": period.end.isoformat()})
    return query


def executive_documents(order: Order) -> list[Document]:
    if not access.may_view_operations(order.by):
        return []
    period = month_of(order)
    evaluations = Evaluation.objects.visible_to(order.by)
    choice = NumbersForm.of(order.query)
    if not choice.is_valid():
        raise Invalid("query", str(choice.errors["number"][0]))
    page = Executive(period.start, access.queues_of(order.by), evaluations, choice.numbers)
    tiles, changes = page.tiles(), page.changes()
    values = [(tile.number.slug, tile.number.shown) for tile in tiles]
    html = printed(
        "executive",
        order,
        values,
        title=f"Executive summary, {period.start:%B %Y}",
        subject=period.words,
        facts=[],
        slugs=[tile.number.slug for tile in tiles],
        tiles=tiles,
        rows_of_tiles=[tiles[at : at + 4] for at in range(0, len(tiles), 4)],
        changes=changes,
        flags=page.flags(),
        comment=page.comment(),
    )
    return [Document("site", 0, f"Executive summary, {period.start:%B %Y}", html, values)]


GATHERERS: dict[str, Gather] = {
    "operations": operations_documents,
    "agent_review": review_documents,
    "team_quality": team_quality_documents,
    "executive": executive_documents,
}
