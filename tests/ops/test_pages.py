"""The pages of ops: progress of a job, stored files, health, and the admin of jobs."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import AuditEntry
from ops import audit, files, health
from ops.models import Delivery, DeliveryState, JobRun, JobState
from tests.factories.accounts import UserFactory
from tests.factories.ops import DeliveryFactory, JobRunFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(client):
    user = UserFactory(roles=["agent"])
    client.force_login(user)
    return user


@pytest.fixture
def admin(client):
    user = UserFactory(roles=["admin"])
    client.force_login(user)
    return user


def progress_url(run):
    return reverse("ops:job_progress", args=[run.pk])


# --- progress ------------------------------------------------------------------------------------


def test_progress_shows_percent_and_text_to_whoever_ordered(client, agent):
    run = JobRunFactory(
        job="crm.run_import",
        requested_by_id=agent.pk,
        progress_percent=40,
        progress_text="400 of 1,000 rows",
    )

    page = client.get(progress_url(run)).content.decode()

    assert 'aria-valuenow="40"' in page
    assert "400 of 1,000 rows" in page
    assert "<h1>Run import</h1>" in page


def test_progress_is_absent_for_others_and_open_to_admins(client, admin):
    run = JobRunFactory(requested_by_id=None)

    seen = client.get(progress_url(run)).status_code
    client.force_login(UserFactory(roles=["supervisor"]))
    refused = client.get(progress_url(run))
    absent = client.get("/jobs/00000000-0000-4000-8000-000000000001/")

    assert (seen, refused.status_code, absent.status_code) == (200, 404, 404)


def test_progress_polls_quickly_for_a_minute_then_calmly_until_the_end(client, agent):
    run = JobRunFactory(requested_by_id=agent.pk)
    url, seconds, polls = progress_url(run), 0, 0

    while seconds < 300:
        fragment = client.get(url, headers={"HX-Request": "true"}).content.decode()
        wait = int(re.search(r'hx-trigger="every (\d+)s"', fragment)[1])
        url = re.search(r'hx-get="([^"]+)"', fragment)[1]
        assert wait == (3 if seconds < 60 else 15)
        seconds, polls = seconds + wait, polls + 1

    assert polls <= 40
    assert "<html" not in fragment


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (JobState.DONE, "Done."),
        (JobState.DEAD, "the staff is informed"),
        (JobState.CANCELLED, "This was cancelled."),
    ],
)
def test_progress_stops_asking_at_the_end(client, agent, state, sentence):
    run = JobRunFactory(requested_by_id=agent.pk, state=state, finished_at=timezone.now())

    page = client.get(progress_url(run)).content.decode()

    assert sentence in page
    assert "hx-get=" not in page.split('id="progress"')[1].split("</section>")[0]


@pytest.mark.parametrize(
    ("url", "is_shown"),
    [
        ("/files/1/", True),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        ("https://evil.example/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_progress_links_results_of_this_site_alone(client, agent, url, is_shown):
    run = JobRunFactory(
        requested_by_id=agent.pk,
        state=JobState.DONE,
        finished_at=timezone.now(),
        result={"url": url},
    )

    page = client.get(progress_url(run)).content.decode()

    assert ("Open the result" in page) == is_shown


@pytest.mark.parametrize("polls", ["x", "-1", "1e3", "999999", "²"])
def test_progress_refuses_a_tampered_count(client, agent, polls):
    run = JobRunFactory(requested_by_id=agent.pk)

    assert client.get(progress_url(run), {"polls": polls}).status_code == 400


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def stored(settings, tmp_path, agent, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(files, "_rules", {})
    files.register_rule("note", lambda user, file: file.created_by_id == user.pk)
    return files.store(
        b"0123456789", name="Größe.txt", media_type="text/plain", kind="note", by_id=agent.pk
    )


def file_url(stored):
    return reverse("ops:file_content", args=[stored.pk])


def test_a_file_comes_as_a_sealed_download(client, stored):
    response = client.get(file_url(stored))

    assert b"".join(response.streaming_content) == b"0123456789"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.txt"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Length"] == "10"


def test_a_file_is_closed_even_if_nobody_reads_it(client, stored, monkeypatch):
    opened = []
    real = files.open_file
    monkeypatch.setattr(files, "open_file", lambda one: opened.append(real(one)) or opened[-1])

    client.get(file_url(stored)).close()

    assert [file.closed for file in opened] == [True]


def test_a_file_is_absent_for_whom_the_rule_refuses_and_without_a_rule(client, stored, monkeypatch):
    client.force_login(UserFactory(roles=["agent"]))
    refused = client.get(file_url(stored))
    monkeypatch.setattr(files, "_rules", {})
    without = client.get(file_url(stored))

    assert (refused.status_code, without.status_code) == (404, 404)


def test_a_file_is_handed_to_nginx_where_one_stands_in_front(client, stored, settings):
    settings.ACCEL_PREFIX = "/stored/"

    answer = client.get(file_url(stored))

    assert answer["X-Accel-Redirect"] == f"/stored/{stored.path}"
    assert answer.content == b""
    assert answer["Cache-Control"] == "private, no-store"
    assert "X-Accel-Redirect" not in client.get("/")


def test_nginx_is_handed_nothing_that_may_not_be_read(client, stored, settings, monkeypatch):
    settings.ACCEL_PREFIX = "/stored/"
    monkeypatch.setattr(files, "may_read", lambda user, stored: False)

    answer = client.get(file_url(stored))

    assert answer.status_code == 404
    assert "X-Accel-Redirect" not in answer


def test_a_file_that_the_disk_lost_is_absent(client, stored):
    files.full_path(stored.path).unlink()

    assert client.get(file_url(stored)).status_code == 404


def test_sound_is_played_inline_by_ranges(client, stored):
    stored.media_type = "audio/wav"
    stored.save()

    part = client.get(file_url(stored), headers={"Range": "bytes=2-4"})
    behind = client.get(file_url(stored), headers={"Range": "bytes=10-"})

    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"234")
    assert part["Content-Range"] == "bytes 2-4/10"
    assert part["Content-Disposition"].startswith("inline")
    assert (behind.status_code, behind["Content-Range"]) == (416, "bytes */10")


def test_what_must_be_noted_before_reading_is_noted_or_nothing_is_sent(client, stored):
    noted = []
    files.register_rule("note", lambda user, file: True, lambda user, file: noted.append(file))
    b"".join(client.get(file_url(stored)).streaming_content)
    files.register_rule("note", lambda user, file: True, lambda user, file: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        client.get(file_url(stored))

    assert noted == [stored]


# --- health --------------------------------------------------------------------------------------


@pytest.fixture
def living_queues():
    for queue in ("default", "slow"):
        JobRunFactory(queue=queue, last_sign_at=timezone.now())


def test_healthz_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")


def test_readyz_is_ready_when_everything_is(client, living_queues, django_assert_max_num_queries):
    health._migrated.clear()

    with django_assert_max_num_queries(4):
        response = client.get("/readyz")

    assert response.json() == {
        "checks": dict.fromkeys(["database", "migrations", "disk", "clock", "jobs"], "ok")
    }
    assert response.status_code == 200


def test_readyz_fails_when_a_queue_is_silent(client, living_queues, settings):
    JobRun.objects.filter(queue="slow").update(last_sign_at=timezone.now() - timedelta(seconds=181))
    settings.METRICS_TOKEN = "monitor"

    vague = client.get("/readyz")
    exact = client.get("/readyz", headers={"Authorization": "Bearer monitor"})
    web = client.get("/readyz?part=web")

    assert (vague.status_code, vague.json()["checks"]["jobs"]) == (503, "failing")
    assert exact.json()["checks"]["jobs"] == "No sign of life from the queue slow."
    assert 180 < exact.json()["seconds_since_sign_of_life"]["slow"] < 300
    assert (web.status_code, "jobs" in web.json()["checks"]) == (200, False)


@pytest.mark.parametrize(
    ("check", "function"), [("disk", "disk"), ("clock", "drift"), ("migrations", "migrations")]
)
def test_readyz_fails_for_each_fault_alone(client, living_queues, monkeypatch, check, function):
    monkeypatch.setattr(health, function, lambda *_: "Something is wrong.")

    response = client.get("/readyz")

    failing = [name for name, word in response.json()["checks"].items() if word == "failing"]
    assert (response.status_code, failing) == (503, [check])


def test_readyz_fails_when_the_database_does_not_answer(client, monkeypatch):
    from django.db import OperationalError

    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(health, "database_now", away)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["checks"]["database"]) == (503, "failing")


# --- admin ---------------------------------------------------------------------------------------


def dead_run(**fields):
    return JobRunFactory(state=JobState.DEAD, attempts=3, finished_at=timezone.now(), **fields)


def test_the_admin_lists_and_shows_jobs_without_letting_anyone_change_them(client, admin):
    run = dead_run(error_class="ZeroDivisionError")

    listed = client.get(reverse("admin:ops_jobrun_changelist"))
    shown = client.get(reverse("admin:ops_jobrun_change", args=[run.pk]))
    added = client.get(reverse("admin:ops_jobrun_add"))
    changed = client.post(reverse("admin:ops_jobrun_change", args=[run.pk]), {"state": "done"})

    assert "ZeroDivisionError" in listed.content.decode()
    assert "Try again" in shown.content.decode()
    assert "Cancel this job" not in shown.content.decode()
    assert (added.status_code, changed.status_code) == (403, 403)


def test_a_supervisor_sees_no_job_of_others_in_the_admin(client):
    supervisor = UserFactory(roles=["supervisor"])
    client.force_login(supervisor)
    JobRunFactory(key="foreign")
    JobRunFactory(key="ordered", requested_by_id=supervisor.pk)

    page = client.get(reverse("admin:ops_jobrun_changelist")).content.decode()

    assert ("ordered" in page, "foreign" in page) == (True, False)


def test_retry_puts_a_dead_job_back_in_line_and_is_audited(client, admin):
    run = dead_run()

    response = client.post(reverse("admin:ops_jobrun_retry", args=[run.pk]))

    run.refresh_from_db()
    assert response.status_code == 302
    assert (run.state, run.attempts, run.finished_at) == (JobState.WAITING, 0, None)
    assert OrmQ.objects.count() == 1
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["ops.retry_job"]


def test_retry_of_a_job_that_is_not_dead_is_a_conflict(client, admin):
    run = JobRunFactory()

    response = client.post(reverse("admin:ops_jobrun_retry", args=[run.pk]))

    assert response.status_code == 409
    assert "Only a dead job can be tried again" in response.content.decode()
    assert not AuditEntry.objects.exists()


def test_cancel_takes_a_waiting_job_out_of_the_line_and_is_audited(client, admin):
    run = JobRunFactory()

    response = client.post(reverse("admin:ops_jobrun_cancel", args=[run.pk]))
    again = client.post(reverse("admin:ops_jobrun_cancel", args=[run.pk]))

    run.refresh_from_db()
    assert (response.status_code, again.status_code) == (302, 409)
    assert (run.state, run.finished_at is None) == (JobState.CANCELLED, False)
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["ops.cancel_job"]


@pytest.mark.parametrize("verb", ["retry", "cancel"])
def test_only_admins_steer_jobs_and_only_by_post(client, verb, admin):
    run = JobRunFactory()
    url = reverse(f"admin:ops_jobrun_{verb}", args=[run.pk])

    looked = client.get(url)
    client.force_login(UserFactory(roles=["supervisor"]))
    posted = client.post(url)

    assert (looked.status_code, posted.status_code) == (405, 403)


def test_an_unclear_delivery_is_decided_in_the_admin(client, admin):
    delivery = DeliveryFactory(state=DeliveryState.UNCLEAR)
    page = client.get(reverse("admin:ops_delivery_change", args=[delivery.pk])).content.decode()

    response = client.post(
        reverse("admin:ops_delivery_settle", args=[delivery.pk]), {"was_sent": "yes"}
    )

    assert "It was sent" in page
    assert response.status_code == 302
    assert Delivery.objects.get().state == DeliveryState.SENT


@pytest.mark.parametrize("path", ["", "ormq/", "schedule/add/", "task/", "success/1/change/"])
def test_the_queue_library_has_no_pages_in_the_admin(client, path, admin):
    signed_in = client.get(f"/admin/django_q/{path}").status_code
    client.logout()
    anonymous = client.get(f"/admin/django_q/{path}").status_code

    assert (signed_in, anonymous) == (404, 404)


def test_the_list_of_jobs_costs_the_same_for_one_row_and_for_fifty(
    client, admin, django_assert_max_num_queries
):
    JobRunFactory.create_batch(50)

    with django_assert_max_num_queries(12) as seen:
        client.get(reverse("admin:ops_jobrun_changelist"))

    counts = [q["sql"] for q in seen.captured_queries if "COUNT(" in q["sql"].upper()]
    assert all("LIMIT" in sql for sql in counts)


def test_the_list_of_jobs_is_narrowed_to_one_job_and_queue(client, admin):
    JobRunFactory(job="ops.canary", key="quick")
    JobRunFactory(job="ops.canary_slow", key="steady", queue="slow")

    page = client.get(reverse("admin:ops_jobrun_changelist"), {"queue": "slow"}).content.decode()

    assert ("steady" in page, "quick" in page) == (True, False)


def test_the_history_of_a_job_is_its_audit_trail(client, admin, monkeypatch):
    monkeypatch.setattr(audit, "_trail", [lambda label, pk: f"/audit/?object={label}:{pk}"])
    run = JobRunFactory()

    response = client.get(reverse("admin:ops_jobrun_history", args=[run.pk]))

    assert response["Location"] == f"/audit/?object=ops.jobrun:{run.pk}"
