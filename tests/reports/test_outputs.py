"""Documents, schedules, unusual days, risk and scorecards."""

import io
import zipfile
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
from django.core import mail as outbox
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import AccessEntry, AuditEntry
from crm.models import Case
from lib.refusals import Invalid, Refused
from ops import files
from ops.models import JobRun, ScheduleSlot
from reports import access, letters, printing, rollups
from reports.actions import anomalies, risk, runs, schedules
from reports.executive import CHOOSABLE
from reports.models import (
    AnomalyFlag,
    ReportItem,
    ReportRun,
    RiskScore,
    SpecialDay,
)
from reports.periods import Period
from reports.scorecards import Scorecards
from tests.factories.accounts import ApiTokenFactory, TeamMembershipFactory, UserFactory
from tests.factories.crm import CustomerFactory, InteractionFactory
from tests.factories.reports import (
    AnomalyFlagFactory,
    DayLegFactFactory,
    DayQueueFactFactory,
    ReportScheduleFactory,
    RiskRuleSetFactory,
    SpecialDayFactory,
)
from tests.factories.routing import QueueFactory
from tests.jobs import run_waiting_jobs
from tests.quality.centers import Center as RatedCenter
from tests.reports.worlds import MONDAY, Center

DAYS = "period=days&begin=2026-05-04&end=2026-05-06"
AT = datetime(2026, 6, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def center(db):
    center = Center(interactions=60)
    rollups.rebuild(center.days, at=MONDAY)
    return center


def order(center, kind="operations", query=DAYS, by=None, at=None):
    return runs.order_report(
        kind=kind, query=query, by=by or center.supervisor, at=at or timezone.now()
    )


# --- Documents -----------------------------------------------------------------------------------


def test_an_ordered_report_is_printed_and_can_be_downloaded(client, center):
    client.force_login(center.supervisor)
    answer = client.post("/reports/runs/order/", {"kind": "operations", "query": DAYS})
    run = ReportRun.objects.get()
    assert answer["Location"] == f"/reports/runs/{run.pk}/"

    run_waiting_jobs()

    run.refresh_from_db()
    item = run.items.get()
    assert (run.state, run.done, run.failed) == ("done", 1, 0)
    page = client.get(f"/reports/runs/{run.pk}/").content.decode()
    assert f"/files/{item.file_id}/" in page
    document = b"".join(client.get(f"/files/{item.file_id}/"))
    assert document.startswith(b"%PDF-1.7")
    assert AccessEntry.objects.filter(kind="downloaded_report", actor=center.supervisor).exists()
    assert AuditEntry.objects.filter(verb="order_report").count() == 1


def test_the_same_order_within_ten_minutes_is_the_same_run(center):
    now = timezone.now()

    first, again = order(center, at=now), order(center, at=now + timedelta(minutes=5))
    ReportRun.objects.update(created_at=now - timedelta(minutes=11))
    later = order(center, at=now + timedelta(minutes=1))

    assert first.pk == again.pk != later.pk


def test_a_batch_holds_one_document_for_each_person(client, center):
    run = order(center, "agent_review", f"month=2026-05&team={center.teams[0].pk}")

    run_waiting_jobs()

    items = list(run.items.filter(subject_kind="agent").order_by("name"))
    assert [item.subject_id for item in items] == [center.agents[0].pk, center.agents[2].pk]
    assert {item.state for item in items} == {"rendered"}
    other = center.agents[2].short_name
    assert other not in items[0].snapshot["html"]
    client.force_login(center.supervisor)
    archive = client.get(f"/reports/runs/{run.pk}/archive.zip").content
    assert len(zipfile.ZipFile(io.BytesIO(archive)).namelist()) == 2


def test_a_batch_is_also_one_document_that_notes_everybody_it_is_about(client, center):
    run = order(center, "agent_review", f"month=2026-05&team={center.teams[0].pk}")
    run_waiting_jobs()
    run.refresh_from_db()
    whole = run.items.get(subject_kind="joined")
    client.force_login(center.supervisor)

    document = b"".join(client.get(f"/files/{whole.file_id}/"))

    people = [center.agents[0], center.agents[2]]
    assert (run.state, run.done, whole.name) == ("done", 3, "All in one")
    assert document.startswith(b"%PDF-1.7")
    assert whole.snapshot["html"].count("<h1>") == 2
    assert whole.snapshot["html"].count("<html") == 1
    read = AccessEntry.objects.filter(kind="downloaded_report", actor=center.supervisor)
    assert sorted(read.values_list("about", flat=True)) == sorted(one.pk for one in people)
    client.force_login(people[0])
    assert client.get(f"/files/{whole.file_id}/").status_code == 404


def test_lines_that_a_table_cannot_hold_stand_in_a_file_of_the_run(client, center, monkeypatch):
    monkeypatch.setattr(printing, "MOST_LINES", 10)
    query = f"{DAYS}&by=hour"
    run = order(center, query=query)

    run_waiting_jobs()

    run.refresh_from_db()
    document, annex = run.items.get(subject_kind="queues"), run.items.get(subject_kind="annex")
    assert (run.state, run.done, run.title) == ("done", 2, document.name)
    assert f"“{annex.name}.csv”" in document.snapshot["html"]
    assert "<html" not in annex.snapshot["annex"]
    client.force_login(center.supervisor)
    page = client.get(f"/reports/operations/export.csv?{query}")
    lines = b"".join(page).splitlines()[1:]
    file = client.get(f"/files/{annex.file_id}/")
    assert file["Content-Type"].startswith("text/csv")
    assert b"".join(file).splitlines()[1:] == lines
    assert len(lines) > 4 * 10


def test_a_long_cell_ends_with_dots():
    html = f"<td>{'&amp;' * 1500}</td><th>{'a' * 2001}</th><td>{'b' * 2000}</td><p>{'c' * 9000}</p>"

    short = printing.with_short_cells(html)

    assert f"<td>{'&amp;' * 1500}</td>" in short
    assert f"<th>{'a' * 1999}…</th>" in short
    assert f"<td>{'b' * 2000}</td><p>{'c' * 9000}</p>" in short


def test_many_documents_are_joined_in_parts(center):
    page = "<html><head><title>A</title></head><body><h1>A</h1></body></html>"
    one = printing.Document("agent", 1, "A", page, [])
    large = printing.Document("agent", 2, "B", page.replace("A", "B" * 600_000), [])

    assert printing.joined([one], "Reviews") == []
    assert [part.name for part in printing.joined([one] * 50, "Reviews")] == ["All in one"]
    assert [part.subject_id for part in printing.joined([one] * 101, "Reviews")] == [1, 2, 3]
    assert len(printing.joined([large, large], "Reviews")) == 2
    (whole,) = printing.joined([one, one], "Reviews & more")
    assert whole.html.startswith("<html><head><title>Reviews &amp; more</title></head><body><div>")
    assert whole.html.count('<div class="new-page"><h1>A</h1></div>') == 1


def test_gathering_costs_the_same_for_one_person_and_for_all(center):
    period = Period(center.days[0], center.days[-1])

    def cost(agents):
        with CaptureQueriesContext(connection) as queries:
            cards = Scorecards(period, agents, only_released=False)
            for agent in agents:
                cards.of(agent)
        return len(queries)

    assert cost(center.agents[:1]) == cost(center.agents)


def team_with_work(size):
    rated = RatedCenter()
    for number in range(size):
        agent = rated.person("agent", f"Agent {number}")
        DayLegFactFactory(on_date=rated.at.date(), agent_key=agent.pk, team_key=rated.team.pk)
        rated.evaluated(agent, 90, answers=[(rated.greet, "agent"), (rated.verify, None)])
    return rated


def test_a_batch_of_forty_costs_the_queries_of_a_batch_of_four(center):
    def cost(size):
        rated = team_with_work(size)
        query = f"month={rated.at:%Y-%m}&team={rated.team.pk}"
        with CaptureQueriesContext(connection) as queries:
            run = order(center, "agent_review", query, by=center.admin)
            run = runs.gather_run(run=run, at=AT)
        assert run.total == size + 1
        return len(queries)

    cost(2)  # What is read once a process is known then.
    assert cost(4) == cost(40)


def test_what_was_gathered_prints_the_same_bytes(center):
    run = order(center)
    runs.gather_run(run=run, at=AT)
    item = ReportItem.objects.select_related("run").get()

    assert runs.printed_document(item) == runs.printed_document(item)


def test_a_document_tells_moments_in_utc_wherever_the_site_is(center):
    asked = printing.Order(
        QueryDict(DAYS), center.supervisor, datetime(2026, 6, 2, 8, 5, tzinfo=UTC)
    )

    with timezone.override("Asia/Jerusalem"):
        (document,) = printing.gather("operations", asked)

    assert "Data as of 2026-06-02 08:05 UTC" in document.html


def test_a_document_is_the_same_whatever_language_its_order_is_made_in(center):
    asked = printing.Order(QueryDict(f"{DAYS}&agent={center.agents[0].pk}"), center.admin, AT)
    (in_english,) = printing.gather("agent_review", asked)

    with translation.override("es"):
        (in_spanish,) = printing.gather("agent_review", asked)

    assert in_spanish.sha256 == in_english.sha256


def test_a_document_says_which_lines_it_leaves_out(center, monkeypatch):
    asked = printing.Order(QueryDict(f"{DAYS}&by=hour"), center.admin, AT)
    (whole,) = printing.gather("operations", asked)
    monkeypatch.setattr(printing, "MOST_LINES", 10)

    cut, annex = printing.gather("operations", asked)

    assert "The first " not in whole.html
    assert f"lines. All of them stand in the file “{annex.name}.csv”" in cut.html
    assert cut.html.count('<th scope="row">') < whole.html.count('<th scope="row">')
    assert cut.values == whole.values


def test_changed_numbers_are_told_and_the_file_stays(center):
    run = order(center)
    run_waiting_jobs()
    assert runs.changed_since(run=run, at=timezone.now()) == []

    for number in range(30):
        center.interaction(500 + number)
    rollups.rebuild(center.days, at=MONDAY)

    changed = runs.changed_since(run=run, at=timezone.now())
    assert "vol1" in {name for _document, name, _printed, _now in changed}


def test_a_forbidden_address_fails_the_document_and_can_be_repeated(center):
    run = order(center)
    runs.gather_run(run=run, at=AT)
    item = ReportItem.objects.get()
    good = item.snapshot
    bad = {**good, "html": good["html"].replace("</body>", '<img src="file:///etc/passwd"></body>')}
    ReportItem.objects.update(snapshot=bad)

    run_waiting_jobs()

    item.refresh_from_db()
    run.refresh_from_db()
    assert (run.state, item.state) == ("failed", "failed")
    assert "forbidden address" in item.sentence
    ReportItem.objects.update(snapshot=good)
    runs.retry_failed(run=run, by=center.supervisor, at=timezone.now())
    run_waiting_jobs()
    run.refresh_from_db()
    assert (run.state, run.done, run.failed) == ("done", 1, 0)


def test_a_renderer_that_broke_off_three_times_fails_the_document(center):
    run = runs.gather_run(run=order(center), at=AT)
    for _attempt in range(3):
        assert runs.begin_item(run=run) is not None

    assert runs.begin_item(run=run) is None

    assert ReportItem.objects.get().sentence == "The renderer broke off three times."


def test_a_canceled_run_prints_nothing_more(center):
    run = order(center)
    runs.cancel_run(run=run, by=center.supervisor, at=AT)

    run_waiting_jobs()

    run.refresh_from_db()
    assert run.state == "canceled"
    with pytest.raises(runs.RunIsOver):
        runs.cancel_run(run=run, by=center.supervisor, at=AT)
    with pytest.raises(runs.NothingFailed):
        runs.retry_failed(run=run, by=center.supervisor, at=AT)


def test_nobody_to_report_on_is_refused(center):
    with pytest.raises(Invalid, match="nobody to report on"):
        order(center, "agent_review", f"month=2026-05&team={center.teams[1].pk}")
    with pytest.raises(Invalid, match="2026-05"):
        order(center, "agent_review", "month=May")
    assert not ReportRun.objects.exists()


def test_documents_stay_with_whom_they_are_for(client, center):
    run = order(center, "agent_review", "month=2026-05")
    run_waiting_jobs()
    agents = run.items.filter(subject_kind="agent")
    mine = agents.get(subject_id=center.agents[0].pk)
    other = agents.get(subject_id=center.agents[2].pk)

    client.force_login(center.agents[0])
    page = client.get(f"/reports/runs/{run.pk}/").content.decode()

    assert f"/files/{mine.file_id}/" in page
    assert other.name not in page
    assert client.get(f"/files/{other.file_id}/").status_code == 404
    client.force_login(UserFactory(roles=["supervisor"]))
    assert client.get(f"/reports/runs/{run.pk}/").status_code == 404
    assert client.get(f"/files/{mine.file_id}/").status_code == 404


def told(center, person, kind, query):
    """A run that an administrator's schedule tells somebody of."""
    schedule = ReportScheduleFactory(kind=kind, query=query, owner=center.admin)
    schedule.recipients.add(person)
    return runs.order_report(
        kind=kind, query=query, by=center.admin, at=timezone.now(), schedule=schedule
    )


def test_who_is_told_reads_what_is_within_the_own_reach(center):
    reviews = told(center, center.supervisor, "agent_review", "month=2026-05")
    operations = told(center, center.supervisor, "operations", DAYS)
    run_waiting_jobs()

    seen = access.items_for(center.supervisor, reviews).values_list("subject_id", flat=True)

    assert sorted(seen) == sorted([center.agents[0].pk, center.agents[2].pk])
    assert reviews.items.filter(subject_kind="joined").count() == 1
    assert not access.items_for(center.supervisor, operations).exists()
    assert not access.may_read_run(center.supervisor, operations)


def test_a_right_that_was_lost_closes_what_one_ordered(client, center):
    run = order(center, "agent_review", f"month=2026-05&team={center.teams[0].pk}")
    run_waiting_jobs()
    files = list(run.items.values_list("file", flat=True))
    client.force_login(center.supervisor)
    before = [status_of(client, pk) for pk in files]

    center.supervisor.memberships.update(ends_at=timezone.now())

    assert before == [200, 200, 200]
    assert [status_of(client, pk) for pk in files] == [404, 404, 404]


def status_of(client, file):
    response = client.get(f"/files/{file}/")
    b"".join(response)  # Read to the end, so that it is closed.
    return response.status_code


def test_documents_past_their_day_are_forgotten(center):
    run = order(center)
    run_waiting_jobs()
    ReportRun.objects.filter(pk=run.pk).update(expires_on=timezone.localdate() - timedelta(days=1))

    assert runs.expire_runs(on=timezone.localdate()) == 1
    assert runs.expire_runs(on=timezone.localdate()) == 0
    assert run.items.get().snapshot == {}


# --- Schedules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rhythm", "fields", "slots"),
    [
        ("daily", {}, ["2026-06-03", "2026-06-04", "2026-06-05"]),
        ("weekly", {"weekday": 4}, ["2026-06-05", "2026-06-12", "2026-06-19"]),
        ("monthly", {"month_day": 31}, ["2026-06-30", "2026-07-31", "2026-08-31"]),
    ],
)
def test_the_next_moments_of_a_schedule(db, rhythm, fields, slots):
    schedule = ReportScheduleFactory(rhythm=rhythm, at=time(6), **fields)

    found = schedules.next_slots(schedule, AT)

    assert [slot.date().isoformat() for slot in found] == slots


def test_a_schedule_fires_each_moment_once_and_mails_only_who_may_read(center, settings):
    schedule = ReportScheduleFactory(
        owner=center.supervisor, rhythm="daily", query=DAYS, at=time(6)
    )
    type(schedule).objects.update(created_at=AT - timedelta(days=3))
    schedule.recipients.add(center.supervisor, UserFactory(), center.agents[0])

    assert schedules.run_due(at=AT) == 1
    assert schedules.run_due(at=AT + timedelta(minutes=5)) == 0
    run_waiting_jobs()

    assert ScheduleSlot.objects.filter(schedule=f"report:{schedule.pk}").count() == 1
    assert ReportRun.objects.get().schedule == schedule
    assert [letter.to for letter in outbox.outbox] == [[center.supervisor.email]]
    assert center.agents[0].full_name not in outbox.outbox[0].body


def mailed(center, kind="operations", query=DAYS):
    """The letters of a schedule of the supervisor that attaches."""
    schedule = ReportScheduleFactory(
        owner=center.supervisor, kind=kind, query=query, delivery="attachment"
    )
    schedule.recipients.add(center.supervisor)
    run = runs.order_report(
        kind=kind, query=query, by=center.supervisor, at=timezone.now(), schedule=schedule
    )
    run_waiting_jobs()
    return run


def test_a_document_that_names_nobody_may_come_with_the_mail(center):
    run = mailed(center)

    (letter,) = outbox.outbox
    ((name, content, media_type),) = letter.attachments
    with files.open_file(run.items.get().file) as stored:
        assert content == stored.read()
    assert (name[-4:], media_type) == (".pdf", "application/pdf")
    assert f"/reports/runs/{run.pk}/" in letter.body
    assert letter.subject == "Operations report is ready"


@pytest.mark.parametrize(
    ("kind", "query"),
    [("agent_review", "month=2026-05"), ("operations", f"{DAYS}&by=agent")],
)
def test_what_is_about_people_is_never_attached(center, kind, query):
    mailed(center, kind, query)

    (letter,) = outbox.outbox
    assert letter.attachments == []
    schedule = ReportScheduleFactory.build(
        owner=center.supervisor, kind=kind, query=query, delivery="attachment"
    )
    with pytest.raises(Invalid, match="never attached"):
        schedules.save_schedule(schedule=schedule, recipients=[], by=center.supervisor, at=AT)


def test_a_large_document_comes_as_a_link(center, monkeypatch):
    monkeypatch.setattr(letters, "MOST_ATTACHED_BYTES", 1000)

    mailed(center)

    (letter,) = outbox.outbox
    assert letter.attachments == []
    assert "Sign in to read it" in letter.body


def test_a_right_lost_before_the_mail_leaves_attaches_nothing(center):
    run = mailed(center)
    other = UserFactory(roles=["supervisor"])
    TeamMembershipFactory(user=other, team=center.teams[0], kind="supervisor")
    run.schedule.recipients.add(other)

    before = letters.report_ready(run_id=run.pk, user_id=other.pk)
    other.groups.clear()
    center.supervisor.groups.clear()

    assert len(before.attachments) == 1
    assert letters.report_ready(run_id=run.pk, user_id=other.pk) is None
    own = letters.report_ready(run_id=run.pk, user_id=center.supervisor.pk)
    assert own.attachments == []  # Who ordered it may still see that it was made.


def test_a_repeated_run_mails_nobody_twice(center):
    run = mailed(center)
    run.items.update(state="failed")
    ReportRun.objects.filter(pk=run.pk).update(failed=1, done=0)
    run.refresh_from_db()

    runs.retry_failed(run=run, by=center.supervisor, at=timezone.now())
    run_waiting_jobs()

    run.refresh_from_db()
    assert run.state == "done"
    assert len(outbox.outbox) == 1


def test_one_bad_schedule_stops_no_other(center):
    for query in ("begin=nonsense", DAYS):
        ReportScheduleFactory(owner=center.admin, rhythm="daily", query=query)
    ReportScheduleFactory._meta.model.objects.update(created_at=AT - timedelta(days=3))

    assert schedules.run_due(at=AT) == 1


def test_people_who_may_not_read_reports_cannot_be_told(center):
    schedule = ReportScheduleFactory.build(owner=center.supervisor)

    with pytest.raises(Invalid, match="may not read this report"):
        schedules.save_schedule(
            schedule=schedule, recipients=[UserFactory()], by=center.supervisor, at=AT
        )


# --- Unusual days --------------------------------------------------------------------------------


@pytest.fixture
def flagged(db):
    """A queue with eight calm weeks and one loud day."""
    queue, on = QueueFactory(), datetime(2026, 5, 29, tzinfo=UTC).date()
    for back in range(1, 57):
        DayQueueFactFactory(
            on_date=on - timedelta(days=back), queue_key=queue.pk, answered=200 + back % 7
        )
    DayQueueFactFactory(on_date=on, queue_key=queue.pk, answered=400)
    judged, flags = anomalies.judge_day(on=on, at=AT)
    assert (judged >= 1, flags) == (True, 1)
    return AnomalyFlag.objects.get()


def test_a_loud_day_is_flagged_and_later_data_withdraws_it(flagged):
    assert flagged.definition == "vol1"
    assert flagged.z > 3.5

    DayQueueFactFactory._meta.model.objects.filter(on_date=flagged.on_date).update(answered=203)
    anomalies.judge_day(on=flagged.on_date, at=AT)

    flagged.refresh_from_db()
    assert flagged.state == "withdrawn"


def test_special_days_are_not_judged(flagged):
    AnomalyFlag.objects.all().delete()
    SpecialDayFactory(on_date=flagged.on_date)

    assert anomalies.judge_day(on=flagged.on_date, at=AT) == (0, 0)


def test_a_data_fault_leaves_later_profiles(client, flagged):
    client.force_login(UserFactory(roles=["admin"]))
    url = f"/reports/anomalies/{flagged.pk}/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"act": "explain", "note": ""}).status_code == 422

    client.post(url, {"act": "explain", "note": "Counted twice", "is_data_fault": "on"})

    flagged.refresh_from_db()
    assert flagged.state == "explained"
    assert SpecialDay.objects.get().kind == "data_fault"
    assert client.post(url, {"act": "acknowledge"}).status_code == 409


def test_a_supervisor_sees_flags_of_own_queues_only(client, flagged):
    client.force_login(UserFactory(roles=["supervisor"]))

    assert client.get(f"/reports/anomalies/{flagged.pk}/").status_code == 404
    assert "Nothing unusual is open" in client.get("/reports/anomalies/").content.decode()


# --- Risk ----------------------------------------------------------------------------------------


def test_points_name_what_happened(client, db):
    customer, now = CustomerFactory(), timezone.now()
    for days in (9, 5, 2):
        InteractionFactory(
            customer=customer,
            started_at=now - timedelta(days=days),
            transfer_count=2,
        )

    assert risk.score_customers(customers=[customer.pk], at=now) == 1

    score = RiskScore.objects.get()
    assert (score.score, score.band) == (26, "low")
    assert [one["rule"] for one in score.contributions] == ["R2", "R7"]
    client.force_login(UserFactory(roles=["supervisor"]))
    page = client.get("/reports/risk/").content.decode()
    assert "Came back within 7 days" in page
    assert client.get("/reports/risk/?band=nonsense").status_code == 400
    assert Case.objects.count() == 0


def test_scores_go_when_their_reasons_go(db):
    customer, now = CustomerFactory(), timezone.now()
    InteractionFactory(customer=customer, started_at=now - timedelta(days=1), transfer_count=2)
    risk.score_customers(customers=[customer.pk], at=now)

    risk.score_customers(customers=[customer.pk], at=now + timedelta(days=40))

    assert not RiskScore.objects.exists()


def test_rules_are_previewed_before_they_are_used(db):
    rules, admin = RiskRuleSetFactory(rules={"R7": [50, 50]}), UserFactory(roles=["admin"])
    customer, now = CustomerFactory(), timezone.now()
    InteractionFactory(customer=customer, started_at=now, transfer_count=3)
    risk.score_customers(customers=[customer.pk], at=now)
    use = partial(risk.activate_rules, rule_set=rules, by=admin, at=now)
    with pytest.raises(Refused, match="Look at who would change band"):
        use()

    assert risk.preview_rules(rule_set=rules, at=now) == {("low", "medium"): 1}
    use()
    risk.score_customers(customers=[customer.pk], at=now)

    assert RiskScore.objects.get().band == "medium"


# --- Scorecards and the executive page -----------------------------------------------------------


def test_one_sees_oneself_and_nobody_else(client, center):
    agent, colleague = center.agents[0], center.agents[2]
    client.force_login(agent)

    page = client.get(f"/reports/me/?{DAYS}").content.decode()

    assert "My scorecard" in page
    assert colleague.full_name not in page
    assert client.get(f"/reports/agents/{colleague.pk}/").status_code == 404
    number = client.get(f"/reports/number/?definition=aht1&{DAYS}&agent={agent.pk}")
    assert number.status_code == 200
    assert client.get(f"/reports/number/?definition=aht1&{DAYS}").status_code == 403


def test_opening_anothers_scorecard_is_written_down(client, center):
    client.force_login(center.supervisor)

    assert client.get(f"/reports/agents/{center.agents[0].pk}/?{DAYS}").status_code == 200
    assert client.get(f"/reports/agents/{center.agents[1].pk}/").status_code == 404

    entry = AccessEntry.objects.get(kind="viewed_scorecard")
    assert (entry.actor, entry.about) == (center.supervisor, center.agents[0])


def test_a_month_has_one_signed_comment(client, center):
    client.force_login(center.admin)
    url = "/reports/executive/?month=2026-05"

    assert client.post(url, {"text": "x" * 601}).status_code == 422
    for text in ("Calm.", "Busy."):
        assert client.post(url, {"text": text}).status_code == 302

    page = client.get(url).content.decode()
    assert "Busy." in page
    assert "Calm." not in page
    assert client.get("/reports/executive/?month=May").status_code == 400


def test_up_to_eight_numbers_are_chosen_for_the_page_and_the_document(client, center):
    client.force_login(center.supervisor)
    url, every = "/reports/executive/?month=2026-05", "".join(f"&number={k}" for k in CHOOSABLE)

    def labels(query=""):
        return [tile.number.definition.key for tile in client.get(url + query).context["tiles"]]

    usual, chosen = labels(), labels("&number=oc&number=sl")
    too_many = client.get(url + every)

    assert usual == ["sl", "asa", "ab", "vol", "aht", "fcr", "tr", "qa"]
    assert chosen == ["sl", "oc"]
    assert too_many.status_code == 422
    assert "Choose up to 8 numbers." in too_many.content.decode()
    assert client.get(f"{url}&number=luck").status_code == 422
    with pytest.raises(Invalid, match="up to 8"):
        order(center, "executive", f"month=2026-05{every}")

    run = order(center, "executive", "month=2026-05&number=oc&number=sl")
    run_waiting_jobs()
    assert [name for name, _shown in run.items.get().snapshot["values"]] == ["sl3-tq-lte", "oc1"]


@pytest.mark.parametrize(
    "url",
    [
        "/reports/runs/",
        "/reports/schedules/",
        "/reports/schedules/new/",
        "/reports/agents/",
        "/reports/quality/",
        "/reports/executive/",
        "/reports/anomalies/",
        "/reports/risk/",
    ],
)
def test_pages_open_on_an_empty_center(client, db, url):
    client.force_login(UserFactory(roles=["admin"]))

    assert client.get(url).status_code == 200


# --- API -----------------------------------------------------------------------------------------


def program(owner):
    token = ApiTokenFactory(owner=owner, scopes=["kpis:read", "reports:read"])
    return Client(headers={"Authorization": f"Bearer {token.text}"})


def test_programs_read_the_values_of_pages(client, center):
    api = program(center.supervisor)
    url = "/api/v1/kpis/values/?definition=vol1&from=2026-05-04&to=2026-05-06"

    whole = api.get(url).json()["results"]
    queues = api.get(f"{url}&by=queue").json()["results"]

    assert [row["key"] for row in queues] == [center.queues[0].pk]
    assert whole[0]["numerator"] == queues[0]["numerator"]
    assert api.get(f"{url}&queue={center.queues[1].pk}").status_code == 404
    for wrong in ("&colour=red", "&by=weather", "&to=x", "&definition=nonsense"):
        assert api.get(url + wrong).status_code == 400
    assert len(api.get("/api/v1/kpis/definitions/").json()["results"]) > 30


def test_programs_read_flags_risk_and_runs(center):
    AnomalyFlagFactory(queue=center.queues[0])
    AnomalyFlagFactory(queue=center.queues[1])
    order(center)
    api = program(center.supervisor)

    assert len(api.get("/api/v1/anomalies/").json()["results"]) == 1
    assert len(api.get("/api/v1/report-runs/").json()["results"]) == 1
    assert api.get("/api/v1/risk/").json()["results"] == []
    assert JobRun.objects.filter(job="reports.make_run").count() == 1


def test_the_customer_page_names_reasons_and_no_number(client, db):
    customer, now = CustomerFactory(), timezone.now()
    InteractionFactory(customer=customer, started_at=now, transfer_count=2)
    url = f"/reports/risk/panel/{customer.pk}/"
    client.force_login(UserFactory(roles=["agent"]))
    assert "Nothing speaks for dissatisfaction." in client.get(url).content.decode()

    risk.score_customers(customers=[customer.pk], at=now)

    page = client.get(url).content.decode()
    assert "Was transferred twice or more" in page
    assert "points" not in page


def test_open_flags_wait_on_the_start_page(client, center):
    AnomalyFlagFactory(queue=center.queues[0])
    AnomalyFlagFactory(queue=center.queues[1])
    client.force_login(center.supervisor)

    page = client.get("/").content.decode()

    assert "Unusual days to look at" in page
