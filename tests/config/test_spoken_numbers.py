"""Definitions of figures, and what is behind a figure, are wholly in their reader's language."""

import pytest
from django.urls import reverse

from reports import rollups
from reports.definitions import ALTERNATIVES, DEFAULTS, all_service_levels, parse
from reports.evidence import REASONS
from reports.kinds import KNOWN_AS
from tests.factories.accounts import UserFactory
from tests.factories.reports import TargetFactory
from tests.reports.worlds import MONDAY, Center
from tests.words import (
    WORD,
    english_left,
    in_spanish,
    mark_what_is_said,
    unsaid,
    words_of_the_records,
)

pytestmark = [pytest.mark.django_db, pytest.mark.words]
DAYS = "period=days&begin=2026-05-04&end=2026-05-06"
SLUGS = [
    *DEFAULTS.values(),
    *(slug for slugs in ALTERNATIVES.values() for slug in slugs),
    *(one.slug for one in all_service_levels(parse("sl3-t20-lt"))),
    *("slc-short-both-flow-t20-lte-s5", "slc-within-all-own-t20-lte", "tr1-blind", "tr2-queue"),
    *("fcr1-w1-queue-same", "rep1-w30-disposition-any"),
]


def definition(slug):
    def read():
        TargetFactory(definition=slug, target_value=80, limit_value=70)
        return UserFactory(roles=["agent"]), reverse("reports:definition_detail", args=[slug])

    return read


def center():
    made = Center(interactions=70)
    made.dispose()
    rollups.rebuild(made.days, at=MONDAY)
    return made


def behind(slug, tab="included"):
    """One's own figure, as the scorecard leads to it."""

    def read():
        agent = center().agents[0]
        query = f"definition={slug}&{DAYS}&direction=any&agent={agent.pk}&tab={tab}"
        return agent, f"{reverse('reports:number')}?{query}"

    return read


def led(slug, tab="included", more=""):
    """A figure of the queues before the supervisor."""

    def read():
        query = f"definition={slug}&{DAYS}&tab={tab}{more}"
        return center().supervisor, f"{reverse('reports:number')}?{query}"

    return read


def led_definition(slug, query=DAYS):
    def read():
        path = reverse("reports:definition_detail", args=[slug])
        return center().supervisor, f"{path}?{query}"

    return read


def listed(query=""):
    return lambda: (UserFactory(roles=["agent"]), f"{reverse('reports:definition_list')}{query}")


def compared(a, b, more=""):
    """Two levels of the same visits, before the supervisor."""

    def read():
        query = f"a={a}&b={b}&{DAYS}{more}"
        return center().supervisor, f"{reverse('reports:difference')}?{query}"

    return read


def managed():
    return UserFactory(roles=["admin"]), reverse("reports:definition_detail", args=["sl3-tq-lte"])


WORK = ("aht1", "aht2", "aht1-active", "aht2-slot", "tr1", "hand1", "oc1", "fcr1-w7-customer-any")
WORLDS = {
    **{f"definition {slug}": (200, definition(slug)) for slug in dict.fromkeys(SLUGS)},
    **{f"own {slug}": (200, behind(slug)) for slug in WORK},
    **{f"left out of {slug}": (200, behind(slug, "excluded")) for slug in WORK},
    **{f"own {slug} shown as": (200, behind(slug, "show_as")) for slug in ("aht1", "tr1")},
    "own figure of a board": (200, behind("csat1")),
    "own answers": (200, behind("fcr3")),
    "level": (200, led("sl3-t20-lte")),
    "level that is left out": (200, led("sl2-t20-lte", "excluded")),
    "level shown as": (200, led("sl3-t20-lte", "show_as")),
    "wait": (200, led("wp80")),
    "turned days": (422, led("sl3-tq-lte", more="&begin=2026-05-06&end=2026-05-04")),
    "no tab": (400, led("sl3-tq-lte", "x")),
    "no kind": (400, behind("nothing")),
    "no such window": (400, behind("fcr1-w99-customer-any")),
    "levels side by side": (200, led_definition("sl3-t20-lte")),
    "levels of a channel": (200, led_definition("sl3-t20-lte", f"{DAYS}&channel=chat")),
    "list of figures": (200, listed()),
    "no figure of the list": (404, listed("?q=sl9")),
    "self-test": (200, lambda: (UserFactory(roles=["agent"]), reverse("reports:self_test"))),
    "difference": (200, compared("sl1-t20-lte", "sl3-t20-lte")),
    "difference of a group": (200, compared("sl1-t20-lte", "sl3-t20-lte", "&group=counted_b")),
    "difference of nothing": (200, compared("sl3-t20-lte", "sl3-t20-lte")),
    "difference of no group": (400, compared("sl1-t20-lte", "sl3-t20-lte", "&group=x")),
    "difference of other kinds": (400, compared("sl1-t20-lte", "asa1")),
    "definition to manage": (200, managed),
    "no definition": (404, lambda: (UserFactory(roles=["agent"]), "/reports/kpis/sl9/")),
    "no threshold": (404, lambda: (UserFactory(roles=["agent"]), "/reports/kpis/sl5-t20-lte/")),
}


@pytest.mark.parametrize("world", WORLDS)
def test_no_word_of_a_number_is_ours_and_unmarked(client, monkeypatch, world):
    status, make = WORLDS[world]
    reader, path = make()
    mark_what_is_said(monkeypatch)

    page = in_spanish(client, reader, path)

    assert page.status_code == status
    assert page["Content-Language"] == "es"
    slugs = {word for slug in SLUGS for word in WORD.findall(slug)}
    assert unsaid(page.content.decode(), words_of_the_records() | slugs) == []


@pytest.mark.parametrize("world", WORLDS)
def test_no_english_of_ours_is_on_a_number(client, world):
    reader, path = WORLDS[world][1]()

    assert english_left(in_spanish(client, reader, path).content.decode()) == set()


def test_every_formula_name_and_reason_is_a_sentence_of_the_catalog():
    whole = [slug for slug in SLUGS if not slug.startswith("slc")]
    formulas = [part for slug in whole for part in parse(slug).formula if part]

    for words in (*formulas, *KNOWN_AS.values(), *REASONS.values()):
        assert hasattr(words, "pattern"), words


def test_formula_is_told_in_spanish(client):
    reader, path = definition("aht1-slot")()

    page = in_spanish(client, reader, path).content.decode()

    assert "segundos de conversación, espera en línea y cierre ÷ espacios" in page
    assert "Tiempo de atención (parte de un espacio)" in page
