"""PDF documents: accessible, the same bytes every time, closed to the world, and within limits."""

import base64
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from lib import pdf
from lib.pdf import rendering
from lib.pdf.renderer import Renderer

AT = datetime(2026, 3, 16, 9, tzinfo=UTC)
PAGE = """<!doctype html><html lang="en"><head><title>Team quality</title></head><body>
<h1>Team quality</h1><h2>Scores</h2><figure>{chart}</figure>
<table><thead><tr><th>Agent</th><th>Score</th></tr></thead>
<tbody><tr><th scope="row">Zoë Ő</th><td>84.6</td></tr></tbody></table>{extra}</body></html>"""
CHART = '<svg role="img" aria-label="Scores" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


def page(extra=""):
    return PAGE.format(chart=CHART, extra=extra)


@pytest.fixture(scope="module", autouse=True)
def no_renderer_left():
    yield
    pdf.stop()


def failure_of(html, **limits):
    with pytest.raises(pdf.PdfFailed) as failure:
        pdf.render(html, **limits)
    return failure.value


def test_document_is_tagged_titled_and_dated():
    document = pikepdf.open(
        BytesIO(pdf.render(page(), generated_at=AT, identifier=b"0123456789abcdef"))
    )

    catalog = document.Root
    assert str(catalog.Lang) == "en"
    assert bool(catalog.MarkInfo.Marked)
    assert "/StructTreeRoot" in catalog
    assert bool(catalog.ViewerPreferences.DisplayDocTitle)
    assert str(document.docinfo.Title) == "Team quality"
    assert (
        str(document.docinfo.CreationDate) == str(document.docinfo.ModDate) == "D:20260316090000Z"
    )
    assert bytes(document.trailer.ID[0]) == b"0123456789abcdef"
    assert b"<pdfuaid:part>1" in bytes(catalog.Metadata.read_bytes()) or (
        b'pdfuaid:part="1"' in bytes(catalog.Metadata.read_bytes())
    )


def test_headings_make_bookmarks_and_fonts_are_embedded():
    document = pikepdf.open(BytesIO(pdf.render(page())))

    with document.open_outline() as outline:
        assert [
            (item.title, [child.title for child in item.children]) for item in outline.root
        ] == [("Team quality", ["Scores"])]
    fonts = document.pages[0].Resources.Font
    names = {str(font.BaseFont).partition("+")[2] for font in fonts.values()}
    assert {"Inter-Bold", "Inter-Medium", "Inter-Extended-Medium"} <= names
    assert all("/FontFile2" in font.DescendantFonts[0].FontDescriptor for font in fonts.values())


def test_same_input_gives_the_same_bytes_in_another_process_and_zone():
    first = pdf.render(page(), generated_at=AT)
    program = (
        "import sys, datetime; from lib import pdf;"
        "at = datetime.datetime(2026, 3, 16, 9, tzinfo=datetime.UTC);"
        "sys.stdout.buffer.write(pdf.render(sys.stdin.read(), generated_at=at));"
        "assert not [name for name in sys.modules if name.startswith('weasyprint')]"
    )

    other = subprocess.run(
        [sys.executable, "-c", program],
        input=page().encode(),
        stdout=subprocess.PIPE,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7"},
    )

    assert pdf.render(page(), generated_at=AT) == first
    assert other.stdout == first


def test_template_without_language_or_title_is_refused():
    failure = failure_of("<!doctype html><p>Hello")

    assert failure.reason == "incomplete"
    assert str(failure) == "The template names no language or no title."


def test_naive_moment_is_refused():
    with pytest.raises(ValueError):
        pdf.render(page(), generated_at=datetime(2026, 3, 16))


@pytest.fixture(scope="module")
def listener():
    """A server on the loopback that counts who calls."""
    calls = []

    class Counter(BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Counter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", calls
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "extra",
    [
        '<img src="file:///etc/passwd">',
        '<img src="{web}/image.png">',
        '<style>@import "{web}/style.css";</style>',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<p style="background: url({web}/image.png)">x</p>',
        '<style>@font-face {{ font-family: x; src: url("{web}/x.woff") }}</style>',
        '<svg viewBox="0 0 9 9"><image href="{web}/image.png" width="9" height="9"/></svg>',
        '<img src="static:../settings.py">',
        '<base href="{web}/"><img src="relative.png">',
    ],
)
def test_forbidden_addresses_fail_the_document(extra, listener):
    web, calls = listener

    failure = failure_of(page(extra.format(web=web)))

    assert failure.reason == "forbidden_address"
    assert str(failure) == "The template asked for a forbidden address."
    assert calls == []


def test_data_addresses_and_links_are_fine():
    dot = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
    image = base64.b64encode(dot.encode()).decode()
    extra = (
        f'<img alt="" src="data:image/svg+xml;base64,{image}"><a href="https://x.example/">x</a>'
    )

    assert pdf.render(page(extra)).startswith(b"%PDF-1.7")


def test_registered_file_is_served(tmp_path):
    (tmp_path / "look.css").write_text("h1 { color: red }")
    pdf.register_static("look.css", tmp_path / "look.css")

    assert pdf.render(page('<link rel="stylesheet" href="static:look.css">')).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("extra", "reason", "limits"),
    [
        ("<div>" * 2000, "nesting", {}),
        ("<table><tr><td colspan=1000000000>x</td></tr></table>" * 40, "memory", {}),
        ("<p>word " * 2000, "memory", {"memory_bytes": 150_000_000}),
        ("<p>word " * 20_000, "processor", {"processor_seconds": 1}),
        ("<p>word " * 20_000, "time", {"timeout_seconds": 0.2}),
    ],
)
def test_document_beyond_a_limit_fails_and_the_next_one_works(extra, reason, limits):
    failure = failure_of(page(extra), **limits)

    assert failure.reason == reason
    assert str(failure).endswith(".")
    assert pdf.render(page()).startswith(b"%PDF")


def test_renderer_that_was_killed_is_replaced():
    pdf.render(page())
    process = rendering._renderer._process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    assert pdf.render(page()).startswith(b"%PDF")


def test_renderer_is_kept_warm_and_replaced_when_worn(monkeypatch):
    pdf.stop()
    pdf.render(page())
    first = rendering._renderer
    pdf.render(page())
    assert rendering._renderer is first

    monkeypatch.setattr(rendering, "_DOCUMENTS_OF_ONE_RENDERER", 3)
    pdf.render(page())

    assert rendering._renderer is None
    assert not Path(first._folder).exists()


def test_renderer_runs_in_its_own_session_and_knows_no_secret(monkeypatch):
    monkeypatch.setenv("ATTUNE_SECRET_KEY", "planted")

    renderer = Renderer({})
    try:
        pid = renderer._process.pid
        assert os.getsid(pid) == pid
        assert b"planted" not in Path(f"/proc/{pid}/environ").read_bytes()
    finally:
        renderer.close()


def test_renderer_ends_with_its_parent():
    program = (
        "import os, signal; from lib import pdf; from lib.pdf import rendering;"
        "from lib.pdf.renderer import Renderer;"
        "renderer = Renderer({}); print(renderer._process.pid, renderer._folder, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    pid, folder = run.stdout.decode().split()

    assert run.returncode == -signal.SIGKILL
    assert _ends(int(pid))
    Path(folder).rmdir()


def _ends(pid):
    """Whether the process is gone, or about to be reaped, within ten seconds."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        threading.Event().wait(0.1)
    return False


def test_forked_process_starts_a_renderer_of_its_own():
    pdf.render(page())
    renderer = rendering._renderer

    child = os.fork()
    if child == 0:
        os._exit(0 if rendering._renderer is None else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert rendering._renderer is renderer
    assert pdf.render(page()).startswith(b"%PDF")
