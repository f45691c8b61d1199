"""Ordered reports, and the check of a certificate, are wholly in their reader's language."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from reports.models.outputs import ItemState, ReportKind, ReportRun, RunState
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.reports import ReportItemFactory, ReportRunFactory
from tests.factories.training import CertificateFactory
from tests.words import (
    WORD,
    english_left,
    in_spanish,
    mark_what_is_said,
    unsaid,
    words_of_the_records,
)
from training import serials
from training.views import certificates

pytestmark = [pytest.mark.django_db, pytest.mark.words]


def agent_with(*states):
    agent = UserFactory(roles=["agent"])
    for state in states:
        ReportRunFactory(
            kind="agent_review",
            title=ReportKind.AGENT_REVIEW.label,
            requested_by=agent,
            state=state,
            total=3,
            done=2,
        )
    return agent


def no_runs():
    return agent_with(), reverse("reports:run_list")


def runs():
    return agent_with(*RunState.values), reverse("reports:run_list")


def runs_of_a_leader():
    TeamFactory()
    return UserFactory(roles=["admin"]), reverse("reports:run_list")


def run(state, **changes):
    """A run with a document in every state."""

    def read():
        agent = agent_with(state)
        made = ReportRun.objects.get(requested_by=agent)
        ReportRun.objects.filter(pk=made.pk).update(**changes)
        for number, item_state in enumerate(ItemState.values):
            sentence = "The renderer broke off three times." if item_state == "failed" else ""
            ReportItemFactory(run=made, state=item_state, sentence=sentence, subject_id=number)
        return agent, reverse("reports:run_detail", args=[made.pk])

    return read


WORLDS = {
    "no runs": no_runs,
    "runs": runs,
    "runs of a leader": runs_of_a_leader,
    **{f"run {state}": run(state) for state in RunState.values},
    "run that failed": run(RunState.FAILED, failed=3, as_of_at=timezone.now()),
    "run that fails": run(RunState.RENDERING, failed=1),
    "run of nobody": run(
        RunState.FAILED, sentence="There is nobody to report on with these filters."
    ),
}


@pytest.mark.parametrize("world", WORLDS)
def test_no_word_of_a_report_is_ours_and_unmarked(client, monkeypatch, world):
    reader, path = WORLDS[world]()
    known = words_of_the_records() - words_of_titles()
    mark_what_is_said(monkeypatch)

    page = in_spanish(client, reader, path)

    assert page["Content-Language"] == "es"
    assert unsaid(page.content.decode(), known) == []


def words_of_titles():
    """Titles are stored in English and told in the reader's language."""
    return set(str(ReportKind.AGENT_REVIEW.label).lower().split()) | {"renderer", "nobody"}


@pytest.mark.parametrize("world", WORLDS)
def test_no_english_of_ours_is_on_a_report(client, world):
    assert english_left(in_spanish(client, *WORLDS[world]()).content.decode()) == set()


def test_title_of_an_order_is_stored_in_english_whoever_orders(client):
    agent = UserFactory(roles=["agent"])
    in_spanish(client, agent, "/")
    month = timezone.localdate().strftime("%Y-%m")

    answer = client.post(
        reverse("reports:run_list"), {"kind": "agent_review", "month": month}, follow=True
    )

    made = ReportRun.objects.get()
    assert made.title == "Agent monthly review"
    assert "Revisión mensual del agente" in answer.content.decode()


def test_finished_report_is_refused_in_spanish(client):
    reader, path = run(RunState.DONE)()
    in_spanish(client, reader, path)

    answer = client.post(f"{path}cancel/", headers={"accept": "text/html"})

    assert "Este informe ya terminó." in answer.content.decode()


def certificate(**changes):
    return CertificateFactory(**changes).shown_serial


CHECKS = {
    "valid": certificate,
    "of some years": lambda: certificate(valid_until_on=date(2040, 1, 1)),
    "expired": lambda: certificate(valid_until_on=date(2020, 1, 1)),
    "revoked": lambda: certificate(
        revoked_at=timezone.now(), revoked_by=UserFactory(), revoke_reason="A mistake."
    ),
    "unknown": lambda: f"ATT{'0' * 12}{serials.check_symbol('0' * 12)}",
    "mistyped": lambda: "ATT-1",
}


@pytest.mark.parametrize("world", CHECKS)
def test_no_word_of_a_check_is_ours_and_unmarked(client, monkeypatch, world):
    path = reverse("training:certificate_verify", args=[CHECKS[world]()])
    mark_what_is_said(monkeypatch)

    page = client.get(path, headers={"accept-language": "es"})

    assert page["Content-Language"] == "es"
    serial = {word.lower() for word in WORD.findall(path)}
    assert unsaid(page.content.decode(), words_of_the_records() | serial) == []


def test_too_many_checks_are_refused_in_spanish(client, monkeypatch):
    monkeypatch.setattr(certificates, "A_MINUTE", 1)
    path = reverse("training:certificate_verify", args=["ATT-1"])

    client.get(path, headers={"accept-language": "es"})
    page = client.get(path, headers={"accept-language": "es"})

    assert page.status_code == 429
    assert "Espere un minuto." in page.content.decode()
