"""What one person has learned, as a document: courses with time, quizzes, live sessions, proofs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.template.loader import render_to_string

from accounts.models import User
from lib import pdf
from quality.sheets import moment
from training.actions.assigning import local_today
from training.models import (
    Attempt,
    Certificate,
    Enrollment,
    ExternalDocument,
    LessonProgress,
    ScormState,
    Seat,
)
from training.models.live import HELD_STATES

MOST_ROWS = 500
SOURCES = ("page", "video", "quiz", "scorm", "live")
METHOD = (
    "Time on pages and in videos is what the server counted while the page was open, time in a "
    "quiz is from start to hand-in and never more than its clock allowed, time in a package is "
    "what it claimed, capped by the clock, and time in a live session is what its trainer noted. "
    "Certificates can be checked at their own address."
)


@dataclass
class Seconds:
    """Counted seconds by source."""

    by_source: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))

    def add(self, source: str, seconds: int) -> None:
        self.by_source[source] += seconds

    @property
    def total(self) -> int:
        return sum(self.by_source.values())

    @property
    def values(self) -> list[int]:
        return [*self.by_source.values(), self.total]


@dataclass(frozen=True)
class Evidence:
    """Everything that is kept of a person's learning, oldest first."""

    courses: list[tuple[Enrollment, Seconds]]
    total: Seconds
    attempts: list[Attempt]
    seats: list[Seat]
    certificates: list[tuple[Certificate, str]]
    documents: list[ExternalDocument]

    @property
    def left_out(self) -> int:
        """Rows beyond what a table holds."""
        tables: Iterable[list[Any]] = (self.courses, self.attempts, self.seats, self.certificates)
        return sum(max(0, len(rows) - MOST_ROWS) for rows in tables)


def evidence_of(person: User, at: datetime) -> Evidence:
    """Seven queries, however much there is."""
    rows = Enrollment.objects.filter(person=person).select_related("course", "revision")
    attempts = Attempt.objects.filter(enrollment__person=person).select_related("quiz")
    attempts = attempts.exclude(state="in_progress").order_by("started_at", "pk")
    seats = Seat.objects.filter(person=person, state__in=HELD_STATES, session__ends_at__lte=at)
    seats = seats.filter(session__canceled_at__isnull=True).select_related("session")
    found = list(attempts)
    attended = list(
        seats.select_related("session__lesson__module__revision").order_by("session__starts_at")
    )
    seconds, total = _seconds(person, found), Seconds()
    for seat in attended:
        total.add("live", 60 * (seat.minutes_present or 0))
    for spent in seconds.values():
        for source, value in spent.by_source.items():
            total.add(source, value)
    certificates = Certificate.objects.filter(person=person).select_related("cycle")
    certificates = certificates.order_by("issued_on", "pk")
    today = local_today(at)
    return Evidence(
        courses=[(row, seconds[row.pk]) for row in rows.order_by("pk")],
        total=total,
        attempts=found,
        seats=attended,
        certificates=[(one, one.state_on(today)) for one in certificates],
        documents=list(
            ExternalDocument.objects.filter(person=person, state="approved").select_related(
                "requirement"
            )
        ),
    )


def _seconds(person: User, attempts: list[Attempt]) -> dict[int, Seconds]:
    """By enrollment, all but live sessions, which belong to people. Two queries."""
    found: dict[int, Seconds] = defaultdict(Seconds)
    spent = LessonProgress.objects.filter(enrollment__person=person, seconds_spent__gt=0)
    lines = spent.order_by().values_list("enrollment_id", "lesson__kind")
    for enrollment, kind, seconds in lines.annotate(total=Sum("seconds_spent")):
        if kind not in ("quiz", "scorm", "live_session"):
            found[enrollment].add("video" if kind == "video" else "page", seconds)
    states = ScormState.objects.filter(enrollment__person=person).order_by()
    for enrollment, hundredths in states.values_list("enrollment_id").annotate(
        total=Sum("total_hundredths")
    ):
        found[enrollment].add("scorm", hundredths // 100)
    for attempt in attempts:
        found[attempt.enrollment_id].add("quiz", quiz_seconds(attempt))
    return found


def quiz_seconds(attempt: Attempt) -> int:
    """From its start to its hand-in, or to its deadline if that came first; 0 if never ended."""
    ends = [one for one in (attempt.submitted_at, attempt.deadline_at) if one is not None]
    if attempt.submitted_at is None:
        return 0
    return max(0, int((min(ends) - attempt.started_at).total_seconds()))


def evidence_html(person: User, *, at: datetime) -> str:
    found = evidence_of(person, at)
    completed = [row for row, _seconds in found.courses if row.is_completed]
    context = {
        "title": "Training evidence",
        "subject": person.full_name,
        "facts": [
            ("Courses completed", f"{len(completed)} of {len(found.courses)} taken up"),
            ("Live sessions attended", sum(one.state == "attended" for one in found.seats)),
            ("Certificates valid", sum(state == "valid" for _one, state in found.certificates)),
            ("As of", moment(at)),
        ],
        "as_of": at,
        "generated_at": at,
        "method": METHOD,
        "LANGUAGE_CODE": "en",
        "sources": ("Pages", "Videos", "Quizzes", "Packages", "Live", "Together"),
        "evidence": found,
        "most": f":{MOST_ROWS}",
    }
    return render_to_string("pdf/training_evidence.html", context)


def evidence_pdf(person: User, *, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(evidence_html(person, at=at), generated_at=at)
