"""Pages of packages, and the content's own address: what each answers to whom, and its headers."""

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings as house
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories.training_scorm import ScormItemFactory
from tests.jobs import run_waiting_jobs
from tests.training.packages import PAGE, item, package
from tests.training.scorm_worlds import ScormWorld, message, take_in
from tests.training.worlds import LearningWorld, member
from training import content_origin, scorm_archive
from training.actions import scorm
from training.models import LessonProgress, ScormImport, ScormLaunch, ScormState

pytestmark = pytest.mark.django_db
CONTENT_HOST = "content.testserver"
VENDORED = Path(house.BASE_DIR) / "static" / "vendor" / "scorm-again"
POLICY = (
    "sandbox allow-scripts allow-same-origin allow-forms allow-modals allow-popups; "
    "connect-src 'self'; frame-ancestors 'self' http://testserver"
)


def url(name, *args):
    return reverse(f"training:{name}", args=args)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.SCORM_CONTENT_ORIGIN = f"http://{CONTENT_HOST}"
    settings.ALLOWED_HOSTS = ["testserver", CONTENT_HOST, "localhost", "127.0.0.1"]


@pytest.fixture
def world():
    return ScormWorld(
        package(items=[item(1), item(2, href="Shared/two.html")], files={"Shared/two.html": PAGE})
    )


def launch(client, world, number=0):
    """Press the button as the learner; returns the content's address in the page's frame."""
    client.force_login(world.learner)
    path = url("scorm_launch", world.enrollment.pk, world.content.pk)
    page = client.post(path, {"item": world.items[number].pk})
    assert page.status_code == 200, page.content
    return page, page.context["frame"].removeprefix(f"http://{CONTENT_HOST}")


def content(client, path, **more):
    return client.get(path, headers={"host": CONTENT_HOST}, **more)


def commit(client, base, data, *, media_type="application/json"):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.post(
        f"{base}commit/", body, content_type=media_type, headers={"host": CONTENT_HOST}
    )


# --- Importing -----------------------------------------------------------------------------------


def upload(client, data, name="golf.zip"):
    file = SimpleUploadedFile(name, data, content_type="application/zip")
    return client.post(url("scorm_import"), {"file": file})


def test_a_trainer_imports_a_package_and_sees_how_far_it_is(client):
    client.force_login(LearningWorld().trainer)
    answer = upload(client, package("2004_3"))
    row = ScormImport.objects.get()
    assert (answer.status_code, answer.url) == (302, url("scorm_import_detail", row.pk))
    assert "every 2s" in client.get(answer.url).content.decode()

    run_waiting_jobs(job="training.import_scorm")
    assert "The package is in" in client.get(answer.url).content.decode()
    again = upload(client, package("2004_3"))
    row.refresh_from_db()
    assert again.url == url("scorm_detail", row.package_id)
    assert "Golf" in client.get(url("scorm_list")).content.decode()


def test_a_refused_package_shows_what_was_found_with_file_and_line(client):
    client.force_login(LearningWorld().trainer)
    answer = upload(client, package(items=[item(href="absent.html")]))
    run_waiting_jobs(job="training.import_scorm")

    page = client.get(answer.url).content.decode()
    assert "“absent.html” is not in the package." in page
    assert "imsmanifest.xml, line 5" in page
    assert "missing_file" in page
    assert "golf.zip" in client.get(url("scorm_list")).content.decode()


def test_uploads_without_a_file_or_too_large_come_back_with_a_sentence(client, monkeypatch):
    client.force_login(LearningWorld().trainer)
    assert client.post(url("scorm_import")).status_code == 422
    monkeypatch.setattr(scorm_archive, "LIMITS", scorm_archive.Limits(upload=10))
    answer = upload(client, package())

    assert (answer.status_code, ScormImport.objects.count()) == (413, 0)
    assert "larger than" in answer.content.decode()


def test_agents_do_not_see_packages(client, world):
    client.force_login(world.learner)

    for name, args in {"scorm_list": (), "scorm_detail": (world.package.pk,)}.items():
        assert client.get(url(name, *args)).status_code == 403
    assert client.get(reverse("ops:file_content", args=[world.package.file_id])).status_code == 404


def test_the_package_page_costs_the_same_for_many_items(client):
    world = LearningWorld()
    few = take_in(package(), world.trainer).package
    many = take_in(package(items=[item(n) for n in range(1, 40)]), world.trainer).package
    client.force_login(world.trainer)

    counts = []
    for found in (few, many):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url("scorm_detail", found.pk)).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_switches_are_saved(client, world):
    client.force_login(world.trainer)
    answer = client.post(url("scorm_switch", world.package.pk), {"always_keeps": "on"})

    world.package.refresh_from_db()
    assert (answer.status_code, world.package.always_keeps) == (302, True)


# --- The lesson ----------------------------------------------------------------------------------


def test_the_lesson_page_offers_to_start_and_then_to_go_on(client, world):
    client.force_login(world.learner)
    path = url("lesson_detail", world.enrollment.pk, world.content.pk)
    assert "Start</button>" in client.get(path).content.decode()
    assert not ScormState.objects.exists()

    launch(client, world)
    assert "Go on</button>" in client.get(path).content.decode()


def test_the_player_costs_the_same_for_many_items(client, world):
    client.force_login(world.learner)
    counts = []
    for more in (0, 40):
        for _number in range(more):
            ScormItemFactory(package=world.package)
        with CaptureQueriesContext(connection) as caught:
            client.get(url("lesson_detail", world.enrollment.pk, world.content.pk))
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_without_an_address_of_its_own_the_lesson_says_so(client, world, settings):
    settings.SCORM_CONTENT_ORIGIN = ""
    client.force_login(world.learner)
    path = url("lesson_detail", world.enrollment.pk, world.content.pk)
    assert (
        "SCORM needs its own address; ask the administrator." in client.get(path).content.decode()
    )

    answer = client.post(
        url("scorm_launch", world.enrollment.pk, world.content.pk), {"item": world.items[0].pk}
    )
    assert (answer.url, ScormLaunch.objects.count()) == (path, 0)


def test_only_the_learner_launches_and_only_items_of_the_lesson(client, world):
    path = url("scorm_launch", world.enrollment.pk, world.content.pk)
    client.force_login(world.supervisor)
    assert client.post(path, {"item": world.items[0].pk}).status_code == 403
    client.force_login(member("agent", world.team))
    assert client.post(path, {"item": world.items[0].pk}).status_code == 404

    other = take_in(package("2004_4"), world.trainer).package.items.get()
    client.force_login(world.learner)
    for wrong in (other.pk, "x", "", "9" * 30):
        assert client.post(path, {"item": wrong}).status_code == 404
    assert (
        client.post(
            url("scorm_launch", world.enrollment.pk, world.text.pk), {"item": other.pk}
        ).status_code
        == 409
    )


def test_the_page_frames_only_the_contents_address(client, world):
    page, _base = launch(client, world)

    assert f"frame-src http://{CONTENT_HOST}" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert 'sandbox="allow-scripts allow-same-origin' in page.content.decode()


# --- The content's own address -------------------------------------------------------------------


def test_the_frame_knows_the_state_before_the_content_loads(client, world):
    _page, base = launch(client, world)
    frame = content(client, base)

    data = frame.context["data"]
    assert frame.status_code == 200
    assert data["seed"]["cmi"]["core"]["entry"] == "ab-initio"
    assert data["content"] == f"{base}files/index.html"
    assert "csrf" not in frame.content.decode()
    assert frame["Content-Security-Policy"].startswith("default-src 'none'")
    assert frame["Content-Security-Policy"].endswith(POLICY)


def test_headers_of_the_content(client, world):
    _page, base = launch(client, world)
    answer = content(client, f"{base}files/index.html")

    assert b"".join(answer.streaming_content) == PAGE
    names = (
        *("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"),
        *("Content-Type", "X-Frame-Options", "Set-Cookie", "Content-Disposition"),
    )
    assert {name: answer.get(name) for name in names} == {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Content-Type": "text/html",
        "X-Frame-Options": None,
        "Set-Cookie": None,
        "Content-Disposition": None,
    }
    assert answer.cookies == {}


def test_files_are_found_whatever_their_case_and_in_parts(client, world):
    _page, base = launch(client, world)

    assert content(client, f"{base}files/SHARED/Two.HTML").status_code == 200
    part = client.get(
        f"{base}files/index.html", headers={"host": CONTENT_HOST, "range": "bytes=0-4"}
    )
    assert (part.status_code, b"".join(part.streaming_content)) == (206, PAGE[:5])


def test_an_unknown_type_is_a_download(client):
    world = ScormWorld(package(files={"tool.exe": b"MZ"}))
    _page, base = launch(client, world)
    answer = content(client, f"{base}files/tool.exe")

    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "path",
    [
        "..%2f..%2fdb.sqlite3",
        "../../db.sqlite3",
        "%2e%2e/%2e%2e/db.sqlite3",
        "a%2f..%2f..%2findex.html",
        "/etc/passwd",
        "%5c..%5cindex.html",
        "index.html%00.txt",
        "absent.html",
        "x" * 5000,
        "shared",
    ],
)
def test_paths_out_of_the_package_lead_nowhere(client, world, path):
    _page, base = launch(client, world)

    assert content(client, f"{base}files/{path}").status_code == 404


def test_a_secret_opens_its_own_package_only(client, world):
    take_in(package(files={"other.html": PAGE}, title="Other"), world.trainer)
    _page, base = launch(client, world)

    assert content(client, f"{base}files/other.html").status_code == 404
    assert content(client, "/scorm/guess/files/index.html").status_code == 404
    assert content(client, "/scorm/guess/").status_code == 404


def test_the_app_is_not_at_the_contents_address_nor_the_other_way_round(client, world):
    _page, base = launch(client, world)

    for path in ("/", "/learning/", "/static/js/main.js", "/healthz", "/admin/", "/api/v1/"):
        assert content(client, path).status_code == 404, path
    assert client.get(base).status_code == 404
    assert client.get(f"{base}files/index.html").status_code == 404
    answer = client.post(f"{base}commit/", b"{}", content_type="application/json")
    assert answer.status_code == 404


def test_no_cookie_is_read_or_set_at_the_contents_address(client, world, rf):
    seen = {}

    def view(request):
        seen.update(request.COOKIES)
        from django.http import HttpResponse

        response = HttpResponse("x")
        response.set_cookie("a", "b")
        return response

    middleware = content_origin.ContentOriginMiddleware(view)
    request = rf.get("/scorm/x/", headers={"host": CONTENT_HOST, "cookie": "sessionid=1"})
    answer = middleware(request)

    assert (seen, answer.cookies) == ({}, {})


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:8000", "http://127.0.0.1:8000"),
        ("127.0.0.1:8000", "http://localhost:8000"),
        ("127.0.0.1", "http://localhost"),
        ("attune.example", None),
    ],
)
def test_development_has_a_loopback_twin(settings, host, expected):
    settings.SCORM_CONTENT_ORIGIN, settings.ALLOWED_HOSTS = "", ["*"]
    request = RequestFactory().get("/", headers={"host": host})
    assert content_origin.content_origin(request) == expected

    settings.IS_PRODUCTION = True
    assert content_origin.content_origin(request) is None


def test_production_without_an_address_is_warned_of(settings):
    settings.SCORM_CONTENT_ORIGIN, settings.IS_PRODUCTION = "", True
    assert [one.id for one in content_origin.check_content_origin()] == ["training.W001"]
    settings.SCORM_CONTENT_ORIGIN = "https://content.attune.example"
    assert content_origin.check_content_origin() == []


# --- The runtime ---------------------------------------------------------------------------------


def test_the_vendored_runtime_is_what_was_taken():
    lines = (VENDORED / "SHA256SUMS").read_text(encoding="utf-8").split("\n")
    sums = dict(reversed(line.split()) for line in lines if line)

    assert sums == {
        "scorm12.min.js": "cf86d5840673b1ae90d00a1f6689376312842b65c7595b417b1259bfb0fc56b6",
        "scorm2004.min.js": "cc03a8c90f1f7cff3ad41d9e246a0c37760d7502bed53b1335622c189768e4ea",
    }
    for name, digest in sums.items():
        assert sha256((VENDORED / name).read_bytes()).hexdigest() == digest
    assert "MIT License" in (VENDORED / "LICENSE.txt").read_text(encoding="utf-8")


def test_the_runtime_is_served_beside_the_frame(client, world):
    _page, base = launch(client, world)

    for name in ("scorm12.js", "scorm2004.js", "frame.js", "frame.css"):
        assert content(client, f"{base}runtime/{name}").status_code == 200
    assert content(client, f"{base}runtime/settings.py").status_code == 404


# --- Commits -------------------------------------------------------------------------------------


def test_a_commit_is_kept_and_answered(client, world):
    _page, base = launch(client, world)
    data = message(1, core={"lesson_status": "completed"}, final=True)
    answer = commit(client, base, data, media_type="text/plain;charset=UTF-8")

    assert (answer.status_code, answer.json()["result"]) == (200, "true")
    assert ScormState.objects.get(item=world.items[0]).is_done
    assert answer.cookies == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"no json", 400), (b"[]", 400), (b"\xff\xfe", 400), (b"x" * (1024 * 1024 + 1), 413)],
)
def test_what_is_no_commit_is_told_so(client, world, body, status):
    _page, base = launch(client, world)
    answer = commit(client, base, body)

    assert (answer.status_code, answer.json()["result"]) == (status, "false")


def test_two_tabs_the_older_one_is_told_that_it_is_over(client, world):
    _page, older = launch(client, world)
    commit(client, older, message(1, core={"lesson_location": "3"}))
    _page, newer = launch(client, world)

    answer = commit(client, older, message(2, core={"lesson_location": "9"}))
    assert answer.status_code == 410
    assert answer.json()["sentence"] == "This course was opened in another window."
    assert content(client, older).status_code == 410
    assert content(client, f"{older}files/index.html").status_code == 410
    seed = content(client, newer).context["data"]["seed"]["cmi"]
    assert (seed["core"]["lesson_location"], seed["core"]["entry"]) == ("3", "resume")


def test_an_expired_launch_is_over(client, world):
    _page, base = launch(client, world)
    ScormLaunch.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert content(client, base).status_code == 410
    assert commit(client, base, message(1)).status_code == 410


def test_a_frame_loaded_again_counts_its_commits_on(client, world):
    _page, base = launch(client, world)
    commit(client, base, message(4, core={"lesson_location": "3"}))

    assert content(client, base).context["data"]["sequence"] == 4


def test_reviewing_leaves_everything_as_it_is(client, world):
    _page, base = launch(client, world)
    commit(client, base, message(1, core={"lesson_status": "passed"}, final=True))
    page, base = launch(client, world)
    commit(client, base, message(1, core={"lesson_status": "failed"}))

    assert "You read it again" in page.content.decode()
    assert ScormState.objects.get(item=world.items[0]).status == "passed"


def test_an_author_looks_at_an_item_without_leaving_a_trace(client, world):
    client.force_login(world.trainer)
    page = client.post(url("scorm_browse", world.package.pk), {"item": world.items[0].pk})
    base = page.context["frame"].removeprefix(f"http://{CONTENT_HOST}")
    seed = content(client, base).context["data"]["seed"]["cmi"]["core"]

    assert (seed["lesson_mode"], seed["credit"]) == ("browse", "no-credit")
    assert commit(client, base, message(1, core={"lesson_location": "2"})).status_code == 200
    assert not ScormState.objects.exists()


def test_all_items_done_finish_the_lesson_and_show_it(client, world):
    for number in range(2):
        _page, base = launch(client, world, number)
        commit(client, base, message(1, core={"lesson_status": "passed"}, final=True))

    assert LessonProgress.objects.get(lesson=world.content).is_done
    page = client.get(url("lesson_detail", world.enrollment.pk, world.content.pk))
    assert "Read it again" in page.content.decode()


def test_a_commit_by_page_costs_four_queries(client, world):
    _page, base = launch(client, world)
    commit(client, base, message(1, core={"lesson_location": "1"}))

    with CaptureQueriesContext(connection) as caught:
        commit(client, base, message(2, core={"lesson_location": "2"}))
    assert len([one for one in caught if "SAVEPOINT" not in one["sql"]]) <= 4
    assert scorm.launch_named("x") is None
