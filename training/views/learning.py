"""Learners' pages: my learning, the catalog, the course player."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from lib.speaking import spoken
from ops import uploads
from quality.refusals import Invalid, Refused
from training import access, scorm_pages
from training.actions import learning as actions
from training.coaching_board import own_standings
from training.content_origin import content_origin
from training.forms.learning import CatalogFilter, ExerciseForm
from training.live_page import coming_for
from training.models import CoachingSession, Course, Enrollment, Lesson, PathAssignment
from training.my_learning import desk_of
from training.player import Place, next_place, places_of
from training.quiz_limits import standing_of
from training.quiz_pages import as_html
from training.views.common import must, page_refusals, person, refused_by

EXERCISE_BYTES = 25 * 1024 * 1024


def my_learning(request: HttpRequest) -> HttpResponse:
    """What to go on with, what is due and why, what is done."""
    user, at = person(request), timezone.now()
    context = {
        "desk": desk_of(user, at),
        "sessions": CoachingSession.objects.waiting_for(user).select_related("coach"),
        "standings": own_standings(user, at),
        "ways": PathAssignment.objects.unfinished().filter(person=user).select_related("path"),
    }
    return render(request, "training/my_learning.html", context)


def catalog(request: HttpRequest) -> HttpResponse:
    """Courses that the person may take up, with where they stand in each."""
    user = person(request)
    form = CatalogFilter(request.GET or None)
    rows = Course.objects.published().filter(is_open=True).select_related("current_revision")
    rows = form.narrow(rows)
    mine = {
        row.course_id: row
        for row in Enrollment.objects.filter(person=user).order_by("attempt_no", "pk")
    }
    context = {"form": form, "courses": [(course, mine.get(course.pk)) for course in rows[:200]]}
    return render(request, "training/catalog.html", context)


@require_POST
@page_refusals
def course_enroll(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a course up by oneself."""
    user = person(request)
    course = get_object_or_404(Course.objects.published(), pk=pk)
    must(access.may_enroll(user, course))
    enrollment = actions.enroll(person=user, course=course, by=user, at=timezone.now())
    return redirect("training:enrollment_detail", pk=enrollment.pk)


def enrollment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The course where it was left, on whatever device; at its end, what was reached."""
    enrollment = visible_enrollment(request, pk)
    places = places_of(enrollment)
    resumed = next((one for one in places if one.lesson.pk == enrollment.last_lesson_id), None)
    if resumed is None or resumed.is_done:
        resumed = next_place(places)
    if enrollment.is_completed or resumed is None:
        return _page(request, enrollment, places, None)
    return _page(request, enrollment, places, resumed)


def lesson_detail(request: HttpRequest, pk: int, lesson_id: int) -> HttpResponse:
    """One lesson; reading it writes nothing, the page's signs of life do."""
    enrollment = visible_enrollment(request, pk)
    places = places_of(enrollment)
    place = _place_of(places, lesson_id)
    return _page(request, enrollment, places, place, status=403 if place.is_locked else 200)


@require_POST
def lesson_beat(request: HttpRequest, pk: int, lesson_id: int) -> JsonResponse:
    """The page is in front of somebody; time counts by our clock."""
    at = timezone.now()
    enrollment, lesson = _taken(request, pk, lesson_id)
    try:
        row = actions.beat(enrollment=enrollment, lesson=lesson, at=at, played=_played(request))
    except Refused as refusal:
        return JsonResponse({"error": spoken(str(refusal))}, status=refusal.status)
    actions.remember_place(enrollment=enrollment, lesson=lesson, at=at)
    left = max(0, lesson.minimum_seconds - row.seconds_spent)
    return JsonResponse({"is_done": row.is_done, "seconds_left": left, "place": row.place})


@require_POST
@page_refusals
def lesson_done(request: HttpRequest, pk: int, lesson_id: int) -> HttpResponse:
    """Mark done, and go to the next lesson."""
    at = timezone.now()
    enrollment, lesson = _taken(request, pk, lesson_id)
    actions.mark_done(enrollment=enrollment, lesson=lesson, at=at)
    actions.remember_place(enrollment=enrollment, lesson=lesson, at=at)
    return _onward(enrollment, lesson)


@require_POST
@page_refusals
def exercise_hand_in(request: HttpRequest, pk: int, lesson_id: int) -> HttpResponse:
    """Hand work in; what was typed comes back with the sentence if it is not taken."""
    at, user = timezone.now(), person(request)
    enrollment, lesson = _taken(request, pk, lesson_id)
    form = ExerciseForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            upload = form.cleaned_data["file"]
            stored = upload and uploads.take(
                upload, kind="exercise", by_id=user.pk, max_bytes=EXERCISE_BYTES
            )
            actions.hand_in(
                enrollment=enrollment,
                lesson=lesson,
                text=form.cleaned_data["text"],
                file=stored or None,
                by=user,
                at=at,
            )
            return redirect("training:lesson_detail", pk=pk, lesson_id=lesson_id)
        except Invalid as refusal:
            refused_by(form, refusal)
        except uploads.BadUpload as refusal:
            form.add_error("file", spoken(str(refusal)))
    places = places_of(enrollment)
    return _page(
        request, enrollment, places, _place_of(places, lesson_id), status=422, exercise=form
    )


@require_POST
@page_refusals
def enrollment_renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Move to the newest revision of the course."""
    enrollment = visible_enrollment(request, pk)
    must(access.may_take(person(request), enrollment))
    actions.move_to_newest(enrollment=enrollment, by=person(request), at=timezone.now())
    return redirect("training:enrollment_detail", pk=pk)


# --- Below the views --------------------------------------------------------------------------


def visible_enrollment(request: HttpRequest, pk: int) -> Enrollment:
    rows = Enrollment.objects.visible_to(person(request)).for_player()
    return get_object_or_404(rows.select_related("course__owner"), pk=pk)


def _taken(request: HttpRequest, pk: int, lesson_id: int) -> tuple[Enrollment, Lesson]:
    """An enrollment of one's own with one of its lessons."""
    enrollment = visible_enrollment(request, pk)
    must(access.may_take(person(request), enrollment))
    lessons = Lesson.objects.select_related("module", "quiz")
    lesson = get_object_or_404(lessons, pk=lesson_id, module__revision=enrollment.revision_id)
    return enrollment, lesson


def _place_of(places: list[Place], lesson_id: int) -> Place:
    found = next((place for place in places if place.lesson.pk == lesson_id), None)
    if found is None:
        get_object_or_404(Lesson.objects.none(), pk=lesson_id)
    assert found is not None
    return found


def _played(request: HttpRequest) -> tuple[int, int] | None:
    given = [request.POST.get(name, "") for name in ("played_from", "played_to")]
    if all(text.isascii() and text.isdigit() and len(text) < 7 for text in given):
        return int(given[0]), int(given[1])
    return None


def _onward(enrollment: Enrollment, lesson: Lesson) -> HttpResponse:
    """To the lesson after this one if it is open, else to the course."""
    places = places_of(enrollment)
    ids = [place.lesson.pk for place in places]
    following = places[ids.index(lesson.pk) + 1 :]
    if following and not following[0].is_locked and not enrollment.is_completed:
        return redirect(
            "training:lesson_detail", pk=enrollment.pk, lesson_id=following[0].lesson.pk
        )
    return redirect("training:enrollment_detail", pk=enrollment.pk)


def _page(
    request: HttpRequest,
    enrollment: Enrollment,
    places: list[Place],
    place: Place | None,
    *,
    status: int = 200,
    exercise: ExerciseForm | None = None,
) -> HttpResponse:
    at, user = timezone.now(), person(request)
    required = [one for one in places if one.lesson.is_required]
    context: dict[str, Any] = {
        "enrollment": enrollment,
        "places": places,
        "place": place,
        "is_mine": enrollment.person_id == user.pk,
        "done_count": sum(one.is_done for one in required),
        "required_count": len(required),
        "feedback_url": _feedback_url(enrollment, at),
        "has_newer": enrollment.is_open
        and enrollment.course.current_revision_id != enrollment.revision_id,
    }
    try:
        actions.check_open(enrollment, at)
    except Refused as refusal:
        context |= {"closed": str(refusal), "place": None}
        return render(request, "training/player.html", context, status=403)
    if place is not None:
        context |= _lesson_context(enrollment, places, place, exercise, at)
        if place.lesson.kind == "scorm" and not place.is_locked:
            origin = content_origin(request)
            context |= scorm_pages.lesson_context(enrollment, place.lesson, origin)
    return render(request, "training/player.html", context, status=status)


def _feedback_url(enrollment: Enrollment, at: Any) -> str:
    """Where the learner of a completed course may say how it was; empty without a survey."""
    if not enrollment.is_completed or enrollment.course.feedback_link_id is None:
        return ""
    link = enrollment.course.feedback_link
    if link is None or not link.is_open(at):
        return ""
    return reverse("feedback:answer_open", args=[link.slug])


def _lesson_context(
    enrollment: Enrollment,
    places: list[Place],
    place: Place,
    exercise: ExerciseForm | None,
    at: Any,
) -> dict[str, Any]:
    index, lesson = places.index(place), place.lesson
    context: dict[str, Any] = {
        "lesson": lesson,
        "previous": places[index - 1] if index else None,
        "next": places[index + 1] if index + 1 < len(places) else None,
    }
    if place.is_locked:
        return context
    context["body"] = as_html(lesson.body, top_heading=2)
    if lesson.quiz is not None:
        standing = standing_of(enrollment, lesson.quiz, at)
        context |= {"standing": standing, "why_not": standing.why_not(at)}
    if lesson.kind == "live_session":
        context["offers"] = coming_for(enrollment.person, at, lesson.key)
    if lesson.kind == "exercise":
        works = list(enrollment.submissions.filter(lesson=lesson).select_related("file"))
        context |= {"works": works, "exercise": exercise or ExerciseForm()}
    return context
