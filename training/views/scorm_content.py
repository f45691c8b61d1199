"""The content's own address: the player frame, the package's files, and what the content commits.

Nothing here knows a session or a cookie; the secret in the address says everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lib.sentences import said
from lib.speaking import spoken, spoken_language
from ops.ranges import Unsatisfiable, byte_range
from training import scorm_commits, scorm_store
from training.actions import scorm as actions
from training.content_origin import origin_of
from training.models import ScormLaunch, ScormState
from training.scorm_pages import SANDBOX, frame_data

CHUNK_BYTES = 256 * 1024
RUNTIME = {
    "scorm12.js": ("vendor/scorm-again/scorm12.min.js", "text/javascript; charset=utf-8"),
    "scorm2004.js": ("vendor/scorm-again/scorm2004.min.js", "text/javascript; charset=utf-8"),
    "frame.js": ("js/training/scorm_frame.js", "text/javascript; charset=utf-8"),
    "frame.css": ("css/scorm_frame.css", "text/css; charset=utf-8"),
}
# Endings that content may act by; anything else is handed over as a download.
MEDIA_TYPES = {
    **dict.fromkeys(("htm", "html"), "text/html"),
    **dict.fromkeys(("xhtml", "xht"), "application/xhtml+xml"),
    **dict.fromkeys(("js", "mjs"), "text/javascript"),
    **dict.fromkeys(("jpg", "jpeg"), "image/jpeg"),
    **dict.fromkeys(("mp4", "m4v"), "video/mp4"),
    "css": "text/css",
    "json": "application/json",
    "xml": "text/xml",
    "xsd": "text/xml",
    "xsl": "text/xsl",
    "txt": "text/plain",
    "csv": "text/csv",
    "vtt": "text/vtt",
    "srt": "text/plain",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "ico": "image/x-icon",
    "svg": "image/svg+xml",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "wav": "audio/wav",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "wasm": "application/wasm",
    "pdf": "application/pdf",
}
FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Closed(Exception):
    """The address answers with a sentence instead: 404 for a stranger's, 410 for an ended one."""

    status: int
    sentence: str


def scorm_frame(request: HttpRequest, token: str) -> HttpResponseBase:
    """The frame with the runtime, which knows the stored state before the content loads."""
    try:
        launch = _running(request, token)
    except Closed as closed:
        return _closed(closed)
    state = None
    if launch.enrollment_id is not None:
        rows = ScormState.objects.filter(enrollment=launch.enrollment_id, item=launch.item_id)
        state = rows.first()
    data = frame_data(launch, state, request.path)
    context = {"launch": launch, "data": data, "sandbox": SANDBOX}
    response = render(request, "training/scorm_frame.html", context)
    response["Cache-Control"] = "no-store"
    return sealed(response, launch, FRAME_POLICY)


def scorm_runtime(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Our own scripts, beside the frame: the app's address is not asked for anything."""
    try:
        launch = _running(request, token)
        if name not in RUNTIME:
            raise Closed(404, said("There is no such file."))
    except Closed as closed:
        return _closed(closed)
    path, media_type = RUNTIME[name]
    body = (Path(settings.BASE_DIR) / "static" / path).read_bytes()
    response = HttpResponse(body, content_type=media_type)
    response["Cache-Control"] = "private, max-age=3600"
    return sealed(response, launch)


def scorm_file(request: HttpRequest, token: str, path: str) -> HttpResponseBase:
    """A file of the package that the launch is about; of no other."""
    try:
        launch = _running(request, token)
        found = scorm_store.file_in(launch.item.package.sha256, path)
        if found is None:
            raise Closed(404, said("The package has no such file."))
    except Closed as closed:
        return _closed(closed)
    response = _content(request, found)
    if response.status_code < 400:
        _name_type(response, path)
    response["Cache-Control"] = "private, max-age=3600"
    response["Accept-Ranges"] = "bytes"
    return sealed(response, launch)


@csrf_exempt
@require_POST
def scorm_commit(request: HttpRequest, token: str) -> HttpResponseBase:
    """What the content wants kept. JSON, also as text/plain, which a closing page can send."""
    at = timezone.now()
    try:
        launch = _known(request, token)
        message = scorm_commits.read(_body(request))
        taken, following = actions.take_commit(launch=launch, message=message, at=at)
    except scorm_commits.BadCommit as error:
        answer = _told(400, str(error))
    except Closed as closed:
        answer = _told(closed.status, closed.sentence)
    except actions.LaunchEnded as ended:
        answer = _told(ended.status, str(ended))
    else:
        refused = len(taken.refusals)
        answer = JsonResponse(
            {"result": "true", "errorCode": 0, "refused": refused, "go": following}
        )
    answer["Cache-Control"] = "no-store"
    return sealed(answer, None)


# --- Below the views --------------------------------------------------------------------------


def _known(request: HttpRequest, token: str) -> ScormLaunch:
    """The launch of the address, asked at the place it was made for; from here on the answer is
    in its reader's own language, whom no cookie tells. Raises Closed."""
    launch = actions.launch_named(token) if len(token) <= 100 else None
    if launch is None or origin_of(request).lower() != launch.content_origin.lower():
        raise Closed(404, said("There is nothing here."))
    if own := launch.person.language:
        translation.activate(spoken_language(own))
    return launch


def _running(request: HttpRequest, token: str) -> ScormLaunch:
    launch = _known(request, token)
    try:
        actions.check_running(launch, timezone.now())
    except actions.LaunchEnded as ended:
        raise Closed(ended.status, str(ended)) from None
    return launch


def _closed(closed: Closed) -> HttpResponse:
    response = HttpResponse(
        spoken(closed.sentence), status=closed.status, content_type="text/plain; charset=utf-8"
    )
    return sealed(response, None)


def _told(status: int, sentence: str) -> JsonResponse:
    """An answer that the runtime takes for "not stored"."""
    code = 391 if status != 410 else 101
    return JsonResponse(
        {"result": "false", "errorCode": code, "sentence": spoken(sentence)}, status=status
    )


def _body(request: HttpRequest) -> bytes:
    """The request's body, unless it says beforehand that it is too long. Raises Closed."""
    length = request.headers.get("Content-Length", "0")
    if not length.isdigit() or int(length) > scorm_commits.LARGEST_BYTES:
        raise Closed(413, said("The message is larger than 1 MB."))
    return request.body


def _content(request: HttpRequest, found: Path) -> HttpResponseBase:
    """The whole file, or the one byte range that was asked for."""
    size = found.stat().st_size
    try:
        wanted = byte_range(request.headers.get("Range", ""), size)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = wanted or (0, size)
    response = StreamingHttpResponse(_chunks(found, start, end), status=206 if wanted else 200)
    response["Content-Length"] = str(end - start)
    if wanted:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return response


def _chunks(found: Path, start: int, end: int) -> Iterator[bytes]:
    with found.open("rb") as content:
        content.seek(start)
        left = end - start
        while left > 0 and (chunk := content.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


def _name_type(response: HttpResponseBase, path: str) -> None:
    """The type by its ending; a page says its own encoding, as its author wrote it."""
    ending = path.rpartition(".")[2].lower()
    media_type = MEDIA_TYPES.get(ending)
    response["Content-Type"] = media_type or "application/octet-stream"
    if media_type is None:
        name = path.rpartition("/")[2]
        response["Content-Disposition"] = str(content_disposition_header(True, name))


def sealed(response: Any, launch: ScormLaunch | None, policy: str = "") -> Any:
    """Headers that keep content in its sandbox and at its own address."""
    ancestors = f"'self' {launch.app_origin}" if launch else "'none'"
    parts = [
        policy,
        f"sandbox {SANDBOX}",
        "connect-src 'self'",
        f"frame-ancestors {ancestors}",
    ]
    response["Content-Security-Policy"] = "; ".join(part for part in parts if part)
    response["Referrer-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response.xframe_options_exempt = True
    return response
