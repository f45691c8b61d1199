"""The pages of people who ask and read: builder, programs, results, comments, alerts."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import Case, Recording
from feedback.actions import alerts, asking, keeping
from feedback.models import (
    Alert,
    FrequencyRule,
    Program,
    Recovery,
    Response,
    RootCause,
    Survey,
    SurveyVersion,
    Tally,
)
from feedback.site_days import first_of_month, month_span
from ops import integrity as ops_integrity
from tests.factories.accounts import RightGrantFactory, UserFactory
from tests.factories.crm import RecordingFactory
from tests.factories.feedback_surveys import (
    AlertRuleFactory,
    RecoveryFactory,
    RootCauseFactory,
    TopicFactory,
)
from tests.feedback.survey_worlds import AskingWorld, Respondent, answer, invited

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = UserFactory(roles=["admin"])
    client.force_login(user)
    return client


# --- Building ------------------------------------------------------------------------------------


def change(client, survey, act, **fields):
    draft = survey.versions.get(state="draft")
    body = {"act": act, "row_version": draft.row_version} | fields
    return client.post(f"/feedback/surveys/{survey.code}/edit/change/", body)


def made(client):
    answer = client.post(
        "/feedback/surveys/new/", {"template": "csat", "name": "Calls", "code": "calls"}
    )
    assert answer["Location"] == "/feedback/surveys/calls/edit/"
    return Survey.objects.get()


def question(**fields):
    return {
        "at": "csat",
        "code": "csat",
        "words": "How was it?",
        "required": "on",
        "satisfied": "",
        "low": "Bad",
        "high": "Good",
    } | fields


def test_a_survey_is_built_from_a_template_and_published(admin):
    survey = made(admin)
    change(admin, survey, "add_question", section="main", kind="rating")
    change(admin, survey, "save_question", **question())
    page = admin.get("/feedback/surveys/calls/edit/?at=rating")
    refused = admin.post("/feedback/surveys/calls/edit/publish/")
    change(admin, survey, "delete", at="rating")
    done = admin.post("/feedback/surveys/calls/edit/publish/")

    assert page.status_code == 200
    assert refused.status_code == 422
    assert "no text in es" in refused.content.decode()
    assert done.status_code == 302
    version = SurveyVersion.objects.get()
    assert version.state == "published"
    assert version.questionnaire.questions["csat"].words["en"] == "How was it?"
    assert Survey.objects.get().state == "live"


def test_a_draft_begins_by_a_form_and_never_by_looking(admin):
    survey = made(admin)
    admin.post("/feedback/surveys/calls/edit/publish/")
    for page in ("edit/", "translate/"):
        looked = admin.get(f"/feedback/surveys/calls/{page}")
        assert looked["Location"] == "/feedback/surveys/calls/"
    assert survey.versions.count() == 1

    admin.post("/feedback/surveys/calls/edit/")
    assert admin.get("/feedback/surveys/calls/edit/").status_code == 200
    assert survey.versions.count() == 2


def test_a_changed_scale_begins_a_new_series(admin):
    survey = made(admin)
    admin.post("/feedback/surveys/calls/edit/publish/")
    admin.post("/feedback/surveys/calls/edit/")
    change(admin, survey, "save_question", **question(satisfied="5"))

    admin.post("/feedback/surveys/calls/edit/publish/")

    newest = survey.versions.get(state="published")
    assert newest.number == 2
    assert newest.questionnaire.questions["csat"].series == 2
    assert newest.questionnaire.questions["driver"].series == 1


def test_a_published_version_cannot_be_changed_by_sql(admin):
    from django.db import DatabaseError, transaction

    survey = made(admin)
    admin.post("/feedback/surveys/calls/edit/publish/")

    with pytest.raises(DatabaseError), transaction.atomic():
        SurveyVersion.objects.filter(survey=survey).update(content={})


def test_over_an_older_draft_nothing_is_saved_and_the_text_comes_back(admin):
    survey = made(admin)
    change(admin, survey, "add_section")

    page = change(admin, survey, "save_question", row_version=1, **question(words="Mine"))

    assert page.status_code == 409
    assert "Mine" in page.content.decode()


@pytest.mark.parametrize(
    "fields", [{"words": ""}, {"satisfied": "x"}, {"satisfied": "9"}, {"code": "driver"}]
)
def test_a_bad_question_comes_back_with_its_text(admin, fields):
    survey = made(admin)

    page = change(admin, survey, "save_question", **question(low="Kept", **fields))

    assert page.status_code == 422
    assert "Kept" in page.content.decode()


def test_rules_are_written_as_sentences(admin):
    survey = made(admin)
    change(admin, survey, "add_section", at="main")
    rule = {"of": "csat", "op": "lte", "value": "2", "action": "jump", "target": "thanks"}

    change(admin, survey, "add_rule", at="main", **rule)

    page = admin.get("/feedback/surveys/calls/edit/?at=main").content.decode()
    assert "If csat is at most 2, go to thanks." in page


def test_texts_are_translated_beside_the_source(admin):
    survey = made(admin)
    address = "/feedback/surveys/calls/translate/?to=es"

    admin.post(address, {"row_version": 1, "t-csat": "¿Qué tal?"})

    assert "¿Qué tal?" in admin.get(address).content.decode()
    assert survey.versions.get().questionnaire.questions["csat"].words["es"] == "¿Qué tal?"


def test_a_preview_is_driven_by_answers_and_writes_nothing(admin):
    made(admin)
    address = "/feedback/surveys/calls/preview/page/?lang=es&scheme=dark"
    page = admin.get(address)

    end = admin.post(address, {"f": page.context["note"], "q-csat": "4", "go": "next"})

    assert 'lang="es"' in page.content.decode()
    assert "Gracias" in end.content.decode()
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    assert not Response.objects.exists()
    assert not Tally.objects.exists()


def test_an_open_link_has_a_code_and_closes(admin, client):
    made(admin)
    admin.post("/feedback/surveys/calls/edit/publish/")
    admin.post(
        "/feedback/surveys/calls/links/",
        {"name": "Counter", "kind": "qr", "daily_cap": "1", "pin": ""},
    )
    collector = Survey.objects.get().collectors.get()
    picture = admin.get(f"/feedback/surveys/calls/links/{collector.pk}/code/")
    person = Respondent("x")
    person.url = f"/s/o/{collector.slug}/"
    person.send(person.client.get(person.url), csat="4")
    second = Respondent("y")
    second.url = person.url
    over = second.send(second.client.get(second.url), csat="4")

    assert picture["Content-Type"] == "image/svg+xml"
    assert Response.objects.get().origin == "collector"
    assert over.status_code == 404
    admin.post(f"/feedback/surveys/calls/links/{collector.pk}/close/")
    assert client.get(person.url).status_code == 404


def test_an_open_link_may_ask_for_a_code(admin):
    made(admin)
    admin.post("/feedback/surveys/calls/edit/publish/")
    admin.post(
        "/feedback/surveys/calls/links/",
        {"name": "Counter", "kind": "link", "daily_cap": "9", "pin": "4711"},
    )
    address = f"/s/o/{Survey.objects.get().collectors.get().slug}/"
    person = Respondent("x")
    person.url = address

    wrong = person.client.post(address, {"pin": "1"})
    page = person.client.post(address, {"pin": "4711"})

    assert wrong.status_code == 422
    assert person.send(page, csat="3").status_code == 200


def test_settings_are_kept_and_the_promise_stays(admin):
    world = AskingWorld()
    answer(world, 5)
    address = f"/feedback/surveys/{world.survey.code}/"
    page = admin.get(address)
    form = {
        name: value for name, value in page.context["form"].initial.items() if value is not None
    } | {"version": 1, "name": "New name"}

    kept = admin.post(address, form)
    refused = admin.post(address, form | {"anonymity": "anonymous", "version": 2})

    assert kept.status_code == 302
    assert refused.status_code == 422
    assert Survey.objects.get().name == "New name"


# --- Programs ------------------------------------------------------------------------------------


PROGRAM = {
    "name": "After calls",
    "trigger": "interaction_ended",
    "share": "25",
    "after": ["voice"],
    "directions": ["inbound"],
    "channels": ["email"],
    "delay_hours": "1",
    "max_age_days": "3",
    "opens": "09:00",
    "closes": "19:00",
    "weekdays": list("01234"),
    "holidays": "2026-12-25",
    "valid_days": "14",
    "reminder_max": "1",
    "reminder_gap_days": "3",
    "attribution": "last_replier",
}


def test_a_program_is_made_changed_and_switched_on(admin):
    world = AskingWorld()
    admin.post("/feedback/programs/new/", PROGRAM | {"survey": world.survey.pk})
    program = Program.objects.exclude(pk=world.program.pk).get()
    address = f"/feedback/programs/{program.pk}/"

    admin.post(f"{address}edit/", PROGRAM | {"share": "50", "version": 1})
    admin.post(f"{address}state/", {"state": "live"})
    admin.post(
        f"{address}rules/", {"max_sends": 1, "days": 30, "scope": "program", "mode": "block"}
    )
    page = admin.get(f"{address}?share=10")

    program.refresh_from_db()
    assert program.strata == [{"name": "all", "p": "0.5000"}]
    assert program.state == "live"
    assert FrequencyRule.objects.get().program == program
    assert page.status_code == 200
    assert admin.get("/feedback/programs/").status_code == 200


def test_a_replay_stands_beside_what_was_decided(admin):
    world = AskingWorld(live_at=timezone.now() - timedelta(days=9))
    customer = world.customer()
    for hours in (1, 2):
        world.interaction(customer, ended_at=timezone.now() - timedelta(hours=hours))
    asking.run_program(program=world.program, at=timezone.now())
    address = f"/feedback/programs/{world.program.pk}/"

    same = admin.get(f"{address}?replay=30").context["simulated"]
    rarer = admin.get(f"{address}?max_sends=1&days=30").context["simulated"]
    half = admin.get(f"{address}?max_sends=1")

    assert same == [("Invited", 2, 2), ("Together", 2, 2)]
    assert rarer == [("Invited", 2, 1), ("Asked too often", 0, 1), ("Together", 2, 2)]
    assert half.status_code == 422
    assert "Say how many messages in how many days" in half.content.decode()


def test_a_bad_program_comes_back(admin):
    world = AskingWorld()
    bad = {"closes": "08:00", "holidays": "soon", "survey": world.survey.pk}

    assert admin.post("/feedback/programs/new/", PROGRAM | bad).status_code == 422


def test_a_decision_can_be_found_and_explained(admin):
    world = AskingWorld(live_at=timezone.now() - timedelta(days=9))
    row = world.interaction(ended_at=timezone.now() - timedelta(hours=1))
    asking.run_program(program=world.program, at=timezone.now())

    page = admin.get(f"/feedback/decisions/?q={row.reference}").content.decode()

    assert "Drawn and allowed by every rule." in page
    assert "No decision" in admin.get("/feedback/decisions/?q=I-9999999").content.decode()


# --- Results -------------------------------------------------------------------------------------


def test_results_carry_n_interval_and_drivers(client):
    world = AskingWorld()
    for value in (5, 5, 4, 2, 1):
        answer(world, value, "process" if value < 3 else "person")
    client.force_login(world.supervisor)

    page = client.get(f"/feedback/surveys/{world.survey.code}/results/")

    text = page.content.decode()
    assert page.context["results"].main.text == "60.0"
    assert "n = 5" in text
    assert page.context["results"].rates["rr1"] == "100.0"
    assert "What the dissatisfied name" in text
    assert client.get("/feedback/surveys/").status_code == 200
    assert client.get(f"/feedback/surveys/{world.survey.code}/field/").status_code == 200


def test_drivers_that_too_few_named_are_hidden_where_nobody_may_be_recognized(client):
    world = AskingWorld()
    for value in (5, 5, 4, 2, 1):
        answer(world, value, "process" if value < 3 else "person")
    Survey.objects.filter(pk=world.survey.pk).update(anonymity="confidential", disclosure_k=3)
    client.force_login(world.supervisor)

    page = client.get(f"/feedback/surveys/{world.survey.code}/results/")

    shown = {label: n for label, n, *_ in page.context["results"].driver_rows}
    assert set(shown.values()) == {0}
    assert "too few" in page.content.decode()


def test_results_cost_the_same_however_many_answered(client, django_assert_max_num_queries):
    world = AskingWorld()
    client.force_login(world.supervisor)
    for number in range(6):
        answer(world, 1 + number % 5)

    with django_assert_max_num_queries(25):
        client.get(f"/feedback/surveys/{world.survey.code}/results/")


def test_another_team_sees_nothing_of_it(client):
    world, other = AskingWorld(), AskingWorld()
    response = answer(world, 1)
    client.force_login(other.supervisor)

    page = client.get(f"/feedback/surveys/{world.survey.code}/results/")

    assert page.context["results"].main.n == 0
    assert client.get(f"/feedback/responses/{response.pk}/").status_code == 404


def test_few_answers_of_a_confidential_survey_are_hidden(client):
    world = AskingWorld()
    Survey.objects.filter(pk=world.survey.pk).update(anonymity="confidential")
    world.survey.refresh_from_db()
    answer(world, 5)
    client.force_login(world.supervisor)
    address = f"/feedback/surveys/{world.survey.code}/results/"

    assert "Too few answers" in client.get(address).content.decode()
    two = f"{address}?queue={world.queue.pk}&channel=voice"
    assert client.get(two).status_code == 422
    assert client.get(f"{address}?from_on=2026-01-05").status_code == 422


def test_comments_are_masked_and_labeled(client):
    world = AskingWorld()
    topic = TopicFactory(phrases="late*")
    response = answer(world, 2, comment="Too late, call +1 (212) 555-0147")
    client.force_login(world.supervisor)
    from feedback.actions.follow_up import follow_up

    follow_up(response=response, at=timezone.now())

    page = client.get(f"/feedback/surveys/{world.survey.code}/comments/?topic={topic.pk}")
    client.post(f"/feedback/responses/{response.pk}/label/", {"topic": topic.pk, "holds": "no"})

    assert "Too late, call [phone]" in page.content.decode()
    label = response.labels.get()
    assert (label.by_rule, label.by_human, label.holds) == (True, False, False)


def test_comments_are_narrowed_by_language_and_by_need_of_a_look(client):
    world = AskingWorld()
    english, spanish = (answer(world, 2, comment=words) for words in ("Too late", "Muy tarde"))
    Response.objects.filter(pk=spanish.pk).update(language="es", needs_review=True)
    client.force_login(world.supervisor)
    address = f"/feedback/surveys/{world.survey.code}/comments/"

    def shown(asked=""):
        page = client.get(address + asked).content.decode()
        return [words for words in (english.comment, spanish.comment) if words in page]

    assert shown() == ["Too late", "Muy tarde"]
    assert shown("?language=es") == ["Muy tarde"]
    assert shown("?language=en") == ["Too late"]
    assert shown("?review=1") == ["Muy tarde"]
    assert '<option value="es">Spanish</option>' in client.get(address).content.decode()


def test_lists_cost_the_same_for_one_row_and_for_many(client, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    world = AskingWorld()
    client.force_login(world.supervisor)
    address = f"/feedback/surveys/{world.survey.code}/comments/"
    answer(world, 2, comment="One")
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(address)
        count = len(one)
    for number in range(5):
        answer(world, 2, comment=f"Another {number}")

    with django_assert_num_queries(count):
        client.get(address)


def test_a_driver_is_relabeled_with_a_reason_and_never_on_own_work(client):
    world = AskingWorld()
    response = answer(world, 1, "person")
    client.force_login(world.supervisor)
    address = f"/feedback/responses/{response.pk}/relabel/"

    short = client.post(address, {"driver": "process", "reason": "x"})
    client.post(address, {"driver": "process", "reason": "The refund rule caused it."})

    response.refresh_from_db()
    assert short.status_code == 422
    assert (response.driver_by_customer, response.driver) == ("person", "process")
    assert not list(keeping.differences(world.survey))
    response.invitation.credits.create(agent=world.supervisor, weight="0.5")
    assert client.post(address, {"driver": "other", "reason": "Not mine."}).status_code == 403


def test_a_suspect_answer_is_released_once_and_counts_then(client):
    world = AskingWorld()
    _, token = invited(version=world.survey.published, customer=world.customer(), team=world.team)
    keeping.rebuild_tallies(world.survey)
    machine = Respondent(token)
    machine.send(machine.open(), csat="5", website="x")
    response = Response.objects.get()
    client.force_login(world.supervisor)
    address = f"/feedback/responses/{response.pk}/decide/"

    listed = client.get("/feedback/quarantine/").content.decode()
    client.post(address, {"act": "release", "reason": "Spoke to the customer."})

    response.refresh_from_db()
    assert response.short_id in listed
    assert response.state == "accepted"
    assert Tally.objects.get(question="csat", key="5").count == 1
    client.post(address, {"act": "quarantine", "reason": "It was a machine."})
    client.post(address, {"act": "reject", "reason": "It was a machine."})
    response.refresh_from_db()
    assert response.state == "rejected"
    assert not list(keeping.differences(world.survey))


def test_exports_reconcile_and_are_no_formulas(client):
    world = AskingWorld()
    answer(world, 5, comment="=1+1")
    answer(world, 1)
    client.force_login(world.supervisor)
    address = f"/feedback/surveys/{world.survey.code}/results/export/"

    table = b"".join(client.get(address)).decode()
    long = b"".join(client.get(f"{address}?shape=long")).decode()
    objects = json.loads(b"".join(client.get(f"{address}?as=json")))
    sheet = client.get(f"{address}?as=xlsx")

    assert "'=1+1" in table
    assert table.splitlines()[-1] == '"rows","2"'
    assert long.count("csat") >= 2
    assert objects[-1] == {"rows": "total", "count": 2}
    assert {row["csat"] for row in objects[:-1]} == {1, 5}
    assert sheet.content[:2] == b"PK"


def test_the_report_is_a_document(client):
    world = AskingWorld()
    answer(world, 5, comment="Fine")
    client.force_login(world.supervisor)

    page = client.get(f"/feedback/surveys/{world.survey.code}/results/report/")

    assert page.content[:5] == b"%PDF-"


def test_an_agent_sees_own_figures_from_five_answers_on(client):
    world = AskingWorld()
    for value in (5, 5, 4, 4, 1):
        answer(world, value)
    client.force_login(world.agent)

    page = client.get("/feedback/mine/")

    assert page.context["own"]["text"] == "80.0"
    assert client.get(f"/feedback/surveys/{world.survey.code}/results/").status_code == 403


def test_an_evaluator_sees_an_answer_only_after_the_own_evaluation(client):
    from tests.feedback.survey_worlds import member

    world = AskingWorld()
    response = answer(world, 1, comment="Rude")
    client.force_login(member("evaluator", world.team))
    address = f"/feedback/interactions/{response.invitation.interaction_id}/panel/"

    assert "Rude" not in client.get(address).content.decode()
    client.force_login(world.supervisor)
    assert "Rude" in client.get(address).content.decode()


def test_looking_up_who_gave_a_confidential_answer_is_recorded(client):
    from accounts.models import AccessEntry

    world = AskingWorld()
    Survey.objects.filter(pk=world.survey.pk).update(anonymity="confidential")
    world.survey.refresh_from_db()
    response = answer(world, 1)
    address = f"/feedback/responses/{response.pk}/"
    client.force_login(world.supervisor)
    apart = client.get(address).content.decode()
    RightGrantFactory(user=world.supervisor, right="feedback.view_identity")

    known = client.get(address).content.decode()

    assert "kept apart" in apart
    assert str(response.invitation.customer) in known
    assert AccessEntry.objects.get().kind == "viewed_identity"


def test_quality_hears_of_a_rating_and_of_its_end():
    from config import wiring
    from feedback.actions.responses import received
    from feedback.events import SurveyResponseWithdrawn
    from quality.models import InteractionSignal

    response = answer(AskingWorld(), 2)
    wiring.note_rating(received(response, by=None, at=timezone.now()))
    signal = InteractionSignal.objects.get()

    assert (signal.kind, signal.value) == ("csat", 2)
    gone = SurveyResponseWithdrawn(
        at=timezone.now(), by_id=None, response_id=str(response.pk), reason="quarantined"
    )
    wiring.forget_rating(gone)
    assert not InteractionSignal.objects.exists()


# --- Alerts --------------------------------------------------------------------------------------


def alerted(world, value=1, **fields):
    response = answer(world, value, **fields)
    alerts.raise_alert(response=response, at=timezone.now())
    return response


def test_a_detractor_becomes_a_case_and_is_recovered(client):
    AlertRuleFactory()
    world = AskingWorld()
    response = alerted(world)
    cause = RootCauseFactory()
    client.force_login(world.supervisor)
    alert = Alert.objects.get()
    address = f"/feedback/alerts/{alert.pk}/act/"

    assert alert.assignee == world.supervisor
    recovery = Recovery.objects.get()
    assert recovery.case_id is not None
    assert client.get("/feedback/alerts/").status_code == 200
    case = Case.objects.get(pk=recovery.case_id)
    page = client.get(f"/feedback/alerts/{alert.pk}/").content.decode()
    assert f'<a href="{case.get_absolute_url()}">{case.reference}</a>' in page
    client.post(address, {"act": "acknowledge"})
    client.post(address, {"act": "contacted"})
    refused = client.post(address, {"act": "resolve", "root_cause": "", "action_taken": "Called"})
    assert refused.status_code == 409
    assert "Choose a root cause" in refused.content.decode()
    client.post(
        address,
        {
            "act": "resolve",
            "root_cause": cause.pk,
            "action_taken": "Called back and refunded the charge.",
        },
    )

    recovery.refresh_from_db()
    assert recovery.resolved_at is not None
    assert recovery.invitation.is_recovery
    assert client.get(f"/feedback/alerts/{alert.pk}/").status_code == 200
    assert client.get("/feedback/recoveries/").status_code == 200
    assert response.alert.state in ("open", "closed")
    alerts.measure(recovery=recovery, after=4, at=timezone.now())
    recovery.refresh_from_db()
    assert recovery.outcome == "recovered"


def test_recoveries_and_their_causes_are_told_by_month(client):
    now = timezone.now()
    month = first_of_month(now)
    last_month = (month - timedelta(days=3)).replace(day=1)
    noon = timedelta(hours=12)
    for name, of in (("Wait", month), ("Fee", month), ("Fee", last_month)):
        at = month_span(of)[0] + noon
        RecoveryFactory(root_cause=cause_named(name), opened_at=at, due_at=at)
    client.force_login(UserFactory(roles=["admin"]))

    def causes(query=""):
        chart = client.get(f"/feedback/recoveries/{query}").context["causes"]
        return [row[:2] for row in chart.rows] if chart else []

    assert causes() == [("Fee", "2"), ("Wait", "1")]
    assert causes(f"?month={month:%Y-%m}") == [("Fee", "1"), ("Wait", "1")]
    assert causes(f"?month={last_month:%Y-%m}") == [("Fee", "1")]
    assert causes("?month=1999-01") == causes()


def cause_named(name):
    found = RootCause.objects.filter(name=name).first()
    return found or RootCauseFactory(name=name)


def test_a_case_with_a_recovery_cannot_be_resolved_without_cause_and_action():
    from crm.actions import cases
    from lib.refusals import Refused

    AlertRuleFactory()
    alerted(AskingWorld())
    case = Case.objects.get()

    with pytest.raises(Refused, match="Choose a root cause"):
        cases.resolve_case(case=case, by=None, at=timezone.now(), reason="Done")


def test_five_bad_answers_of_one_day_are_one_alert():
    AlertRuleFactory()
    world = AskingWorld()
    first = alerted(world)
    for _ in range(4):
        response = answer(world, 1)
        invitation = response.invitation
        invitation.customer = first.invitation.customer
        invitation.save()
        alerts.raise_alert(response=Response.objects.get(pk=response.pk), at=timezone.now())

    assert len(Alert.objects.get().notes) == 4


def test_a_satisfied_answer_alerts_nobody():
    AlertRuleFactory(risk_words="lawyer")
    alerted(AskingWorld(), value=5)
    assert not Alert.objects.exists()

    alerted(AskingWorld(), value=5, comment="My lawyer calls you.")
    assert Alert.objects.get().reasons == ["a risk word in the comment"]


# --- Care of data --------------------------------------------------------------------------------


def test_retention_empties_old_answers_except_those_of_customers_on_legal_hold():
    world = AskingWorld()
    held, free = (answer(world, 1, comment="Canary words") for _ in range(2))
    recording = RecordingFactory(
        interaction=held.invitation.interaction, legal_hold=True, hold_reason="A court asked."
    )
    later = timezone.now() + timedelta(days=world.survey.retention_days + 2)

    assert keeping.apply_retention(at=later) == 1
    assert Response.objects.get(is_anonymized=True) == free
    assert Response.objects.get(pk=held.pk).comment == "Canary words"
    Recording.objects.filter(pk=recording.pk).update(legal_hold=False, hold_reason="")
    assert keeping.apply_retention(at=later) == 1
    assert Response.objects.get(pk=held.pk).comment == ""


def test_erasure_removes_words_and_keeps_figures():
    world = AskingWorld()
    response = answer(world, 1, comment="Canary words")
    customer = response.invitation.customer
    before = Tally.objects.count()
    while keeping.erase_customer(customer.pk, 10):
        pass

    response.refresh_from_db()
    assert (response.comment, response.invitation, response.is_anonymized) == ("", None, True)
    assert "Canary" not in str(list(response.answers.values()))
    assert Tally.objects.count() == before
    assert not list(keeping.customer_rows(customer.pk))[1:]


def test_counts_follow_from_the_answers():
    world = AskingWorld()
    answer(world, 5)
    Tally.objects.filter(question="csat", key="5").update(count=7)

    with pytest.raises(keeping.TalliesDiffer):
        keeping.check_tallies()
    assert keeping.rebuild_tallies(world.survey) == 1
    assert not list(ops_integrity.check("feedback"))


@pytest.mark.parametrize("text", ["²", "abc", "9" * 5000, ""])
def test_ids_and_versions_that_no_row_has_are_answered(admin, text):
    world = AskingWorld()
    row = answer(world, 5, comment="Fine.")
    survey = f"/feedback/surveys/{world.survey.code}"

    label = admin.post(f"/feedback/responses/{row.pk}/label/", {"topic": text})
    stale = admin.post(f"/feedback/programs/{world.program.pk}/edit/", PROGRAM | {"version": text})

    assert label.status_code == 404
    assert stale.status_code == 409
    assert admin.get(f"{survey}/comments/", {"topic": text}).status_code == 200
    assert admin.get("/recognition/give/", {"to": text}).status_code == 200
    assert admin.post("/recognition/preferences/", {"birthday": f"{text[:1]}-²"}).status_code == 422
