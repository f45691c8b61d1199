"""The progress of a job, the content of a stored file, and the signs of health."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from ops import files, health
from ops.jobs import registry
from ops.models import JobRun, StoredFile
from ops.ranges import Unsatisfiable, byte_range

QUICK_POLLS, QUICK_SECONDS, CALM_SECONDS = 20, 3, 15
PLAYED_INLINE = ("audio/", "video/")
CHUNK_BYTES = 64 * 1024


# --- Progress of a job ----------------------------------------------------------------------------


def job_progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far a job is, for the person who ordered it and for admins; fetches itself anew."""
    run = get_object_or_404(JobRun.objects.visible_to(request.user), pk=pk)
    polls = poll_number(request)
    context = {
        "run": run,
        "title": registry.title_of(run.job),
        "elapsed_seconds": run.seconds_taken(timezone.now()),
        "next_poll": polls + 1,
        "poll_seconds": QUICK_SECONDS if polls < QUICK_POLLS else CALM_SECONDS,
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "ops/job_progress.html#progress" if is_fragment else "ops/job_progress.html"
    return render(request, template, context)


def poll_number(request: HttpRequest) -> int:
    text = request.GET.get("polls", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise BadRequest("polls counts the looks at this page.")
    return int(text)


# --- Stored files ---------------------------------------------------------------------------------


def file_content(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A stored file for those whom its owner lets read it: as a download, sound to be played."""
    stored = StoredFile.objects.filter(pk=pk).first()
    if stored is None or not files.may_read(request.user, stored):
        raise Http404
    try:
        content = files.open_file(stored)
    except FileNotFoundError:
        raise Http404 from None
    try:
        files.note_read(request.user, stored)
        if settings.ACCEL_PREFIX:
            content.close()
            response: HttpResponseBase = handed_over(stored)
        else:
            response = content_response(request, stored, content)
    except BaseException:
        content.close()
        raise
    return sealed(response, stored)


def handed_over(stored: StoredFile) -> HttpResponse:
    """Let nginx send the file, ranges too, from the location that nobody can ask for."""
    return HttpResponse(headers={"X-Accel-Redirect": f"{settings.ACCEL_PREFIX}{stored.path}"})


def content_response(
    request: HttpRequest, stored: StoredFile, content: BinaryIO
) -> HttpResponseBase:
    """The whole file, or the one byte range that was asked for."""
    try:
        wanted = byte_range(request.headers.get("Range", ""), stored.bytes)
    except Unsatisfiable:
        content.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{stored.bytes}"})
    start, end = wanted or (0, stored.bytes)
    response = StreamingHttpResponse(Part(content, start, end), status=206 if wanted else 200)
    response["Content-Length"] = str(end - start)
    if wanted:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{stored.bytes}"
    return response


class Part:
    """The bytes [start, end) of an open file, in chunks; closed even if nobody reads them."""

    def __init__(self, content: BinaryIO, start: int, end: int) -> None:
        self.content, self.start, self.end = content, start, end

    def __iter__(self) -> Iterator[bytes]:
        self.content.seek(self.start)
        left = self.end - self.start
        while left > 0 and (chunk := self.content.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Called by Django as the response ends."""
        self.content.close()


def sealed(response: HttpResponseBase, stored: StoredFile) -> HttpResponseBase:
    """Headers that keep a file from acting as a page of this site."""
    is_played = stored.media_type.startswith(PLAYED_INLINE)
    response["Content-Type"] = stored.media_type
    response["Content-Disposition"] = str(content_disposition_header(not is_played, stored.name))
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    response["Accept-Ranges"] = "bytes"
    return response


# --- Health ---------------------------------------------------------------------------------------


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Whether everything behind the process works; `?part=web` leaves the jobs out.

    What exactly is wrong, and how old each queue's last sign of life is, is told to whoever sends
    the metrics token.
    """
    found = health.readiness(with_jobs=request.GET.get("part") != "web")
    told: dict[str, object] = {
        "checks": {name: word if word == "ok" else "failing" for name, word in found.checks.items()}
    }
    if may_see_details(request):
        told = {"checks": found.checks, "seconds_since_sign_of_life": found.signs}
    response = JsonResponse(told, status=200 if found.is_ready else 503)
    response["Cache-Control"] = "no-store"
    return response


def may_see_details(request: HttpRequest) -> bool:
    token, sent = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())
