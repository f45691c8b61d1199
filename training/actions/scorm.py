"""Verbs of SCORM lessons: open an item, take what its content commits, finish the lesson."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from lib import faults
from lib.sentences import said
from quality.refusals import Refused
from training import scorm
from training.actions import learning
from training.models import (
    Enrollment,
    Lesson,
    ScormCommit,
    ScormItem,
    ScormLaunch,
    ScormState,
)
from training.scorm_commits import Message, Refusal, Taken, take
from training.scorm_seeds import first_values, known_of, terms_of

logger = logging.getLogger(__name__)
TOKEN_BYTES = 32
OPEN_FOR = timedelta(hours=12)
ELSEWHERE = said("This course was opened in another window.")


class LaunchEnded(Refused):
    """The launch is over; the text is what its window shows."""

    status = 410

    def __init__(self, sentence: str = ELSEWHERE) -> None:
        super().__init__(sentence)


class NothingToOpen(Refused):
    def __init__(self) -> None:
        super().__init__(said("This line of the package is a heading; choose one below it."))


class NoPackage(Refused):
    def __init__(self) -> None:
        super().__init__(said("This lesson has no package yet. Tell your trainer."))


# --- Opening -------------------------------------------------------------------------------------


def launch_item(
    *,
    enrollment: Enrollment,
    lesson: Lesson,
    item: ScormItem,
    origins: tuple[str, str],
    by: User,
    at: datetime,
) -> tuple[ScormLaunch, str]:
    """Open an item for its learner; returns the launch and its secret, which is kept nowhere.

    A launch of the same item that still runs ends here. `origins` are the app's and the content's.
    Raises Locked, AccessEnded, NothingToOpen.
    """
    if not item.is_launchable:
        raise NothingToOpen
    with transaction.atomic():
        learning.check_open(enrollment, at)
        learning.opened_progress(enrollment, lesson, at)
        state = _locked_state(enrollment, item)
        was_closed = not _end_running(enrollment, item, at)
        mode = "review" if state.is_done else "normal"
        entry = _prepare(state, item, was_closed=was_closed) if mode == "normal" else ""
        launch, token = _new_launch(item, mode, entry, origins, by=by, at=at)
        launch.enrollment, launch.lesson = enrollment, lesson
        launch.save()
        state.launch = launch
        state.save()
        learning.remember_place(enrollment=enrollment, lesson=lesson, at=at)
        audit.record(verb="open_scorm", record=enrollment, by=by, at=at, after={"item_id": item.pk})
        if item.scorm_type == "asset" and not state.is_done:
            _note_done(state, at)
        settle_lesson(enrollment=enrollment, lesson=lesson, at=at)
    return launch, token


def browse_item(
    *, item: ScormItem, origins: tuple[str, str], by: User, at: datetime
) -> tuple[ScormLaunch, str]:
    """Open an item as its author, to look at it; nothing is kept. Raises NothingToOpen."""
    if not item.is_launchable:
        raise NothingToOpen
    with transaction.atomic():
        launch, token = _new_launch(item, "browse", "ab-initio", origins, by=by, at=at)
        launch.save()
        audit.record(
            verb="browse_scorm", record=item.package, by=by, at=at, after={"item_id": item.pk}
        )
    return launch, token


def _new_launch(
    item: ScormItem, mode: str, entry: str, origins: tuple[str, str], *, by: User, at: datetime
) -> tuple[ScormLaunch, str]:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    launch = ScormLaunch(
        token_hash=hashed(token),
        person=by,
        item=item,
        mode=mode,
        entry=entry,
        app_origin=origins[0],
        content_origin=origins[1],
        started_at=at,
        expires_at=at + OPEN_FOR,
    )
    return launch, token


def _locked_state(enrollment: Enrollment, item: ScormItem) -> ScormState:
    """The row that serializes everything about one item of one enrollment."""
    ScormState.objects.get_or_create(
        enrollment=enrollment, item=item, defaults={"cmi": first_values(item)}
    )
    rows = ScormState.objects.select_for_update(of=("self",))
    return rows.get(enrollment=enrollment, item=item)


def _prepare(state: ScormState, item: ScormItem, *, was_closed: bool) -> str:
    """Make the stored values those that a new launch finds; returns the value of cmi.entry."""
    keeps = scorm.keeps_place(
        item.package.edition,
        exit=state.exit,
        was_closed=was_closed,
        always=item.package.always_keeps,
    )
    is_first = state.launch_count == 0
    entry = scorm.entry_of(is_first=is_first, exit=state.exit, was_closed=was_closed)
    if not keeps:
        state.cmi = first_values(item)
    state.exit, state.credited_hundredths, state.last_sequence = "", 0, 0
    state.launch_count += 1
    return entry


def _end_running(enrollment: Enrollment, item: ScormItem, at: datetime) -> bool:
    """End what another window has open; whether there was something."""
    if not faults.guard_is_on("training.scorm_one_window"):
        return False
    running = ScormLaunch.objects.filter(enrollment=enrollment, item=item, ended_at__isnull=True)
    return bool(running.update(ended_at=at))


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def launch_named(token: str) -> ScormLaunch | None:
    """The launch of a secret with all that a commit needs. One query."""
    rows = ScormLaunch.objects.select_related(
        *("item__package", "person", "lesson", "enrollment__assignment"),
        *("enrollment__course__owner", "enrollment__revision", "enrollment__person"),
    )
    return rows.filter(token_hash=hashed(token)).first()


def check_running(launch: ScormLaunch, at: datetime) -> None:
    """Raises LaunchEnded: ended, expired, replaced, or access to the course is over."""
    if launch.ended_at is not None:
        raise LaunchEnded
    if at >= launch.expires_at or not launch.person.is_active:
        raise LaunchEnded(said("This window was open too long. Open the lesson again."))
    if launch.enrollment is not None:
        try:
            learning.check_open(launch.enrollment, at)
        except Refused as refusal:
            raise LaunchEnded(str(refusal)) from None


# --- Commits -------------------------------------------------------------------------------------


def take_commit(*, launch: ScormLaunch, message: Message, at: datetime) -> tuple[Taken, str]:
    """Keep what a message may change, once for each sequence; returns that and where to go next.

    The second is the identifier of an item that the content asked for, or "". A message that is
    older than one already taken changes nothing. Raises LaunchEnded. Three queries, two of them
    writes; more at the end of a launch.
    """
    if launch.enrollment is None or launch.mode != "normal":
        return _told_for_nothing(launch, message, at)
    with transaction.atomic():
        rows = ScormState.objects.select_for_update(of=("self",))
        state = rows.get(enrollment=launch.enrollment, item=launch.item_id)
        # The lock is ours, so what the row says about windows and sequences is the last word.
        is_running = state.launch_id == launch.pk and launch.ended_at is None
        is_late = not is_running or message.sequence <= state.last_sequence
        if is_late and _was_taken(launch, message):
            return Taken(state.cmi), ""
        if not is_running:
            raise LaunchEnded
        check_running(launch, at)
        taken = _taken(launch, state, message)
        if is_late:
            taken = Taken(state.cmi, refusals=[Refusal("commitSequence", 0, "older than known")])
        was_done = state.is_done
        credit = _apply(launch, state, taken, message, at)
        _note_commit(launch, message, taken, credit, at)
        if message.is_final:
            _end(launch, at)
        if message.is_final or state.is_done != was_done:
            _settle_of(launch, at)
    return taken, _asked_item(launch, taken)


def _told_for_nothing(launch: ScormLaunch, message: Message, at: datetime) -> tuple[Taken, str]:
    """Reviewing and browsing: the content is answered, nothing is kept but the end."""
    check_running(launch, at)
    if message.is_final:
        _end(launch, at)
    taken = Taken({}, navigation=message.elements.get("adl.nav.request", ""))
    return taken, _asked_item(launch, taken)


def _was_taken(launch: ScormLaunch, message: Message) -> bool:
    if not faults.guard_is_on("training.scorm_sequence"):
        return False
    return launch.commits.filter(sequence=message.sequence).exists()


def _taken(launch: ScormLaunch, state: ScormState, message: Message) -> Taken:
    before = state.total_hundredths - state.credited_hundredths
    known = known_of(launch, before)
    return take(launch.item.package.edition, state.cmi, message.elements, known)


def _apply(
    launch: ScormLaunch, state: ScormState, taken: Taken, message: Message, at: datetime
) -> int:
    """Write the values, the time and what they amount to; returns the time credited."""
    elapsed = int((at - launch.started_at).total_seconds() * 100)
    credit = scorm.credited(taken.session or 0, elapsed, state.credited_hundredths)
    edition = launch.item.package.edition
    result = scorm.outcome(edition, taken.cmi, terms_of(launch.item), is_final=message.is_final)
    percent = scorm.percent(edition, taken.cmi)
    if percent is None and taken.cmi.get("cmi.core.score.raw", taken.cmi.get("cmi.score.raw")):
        taken.refuse("score", 0, "outside its bounds")
    if edition == scorm.V12 and message.is_final:
        taken.cmi["cmi.core.lesson_status"] = result.status
    state.cmi, state.percent = taken.cmi, percent
    state.status, state.success = result.status, result.success
    state.exit = taken.exit if taken.exit is not None else state.exit
    state.total_hundredths += credit
    state.credited_hundredths += credit
    state.last_sequence = max(state.last_sequence, message.sequence)
    if message.is_final:
        state.launch = None
    if result.is_done:
        state.done_at = state.done_at or at
    state.save()
    return credit


def _note_commit(
    launch: ScormLaunch, message: Message, taken: Taken, credit: int, at: datetime
) -> None:
    ScormCommit.objects.create(
        launch=launch,
        sequence=message.sequence,
        received_at=at,
        session_hundredths=taken.session or 0,
        credited_hundredths=credit,
        accepted=taken.accepted,
        refusals=[refusal.as_json() for refusal in taken.refusals],
        is_final=message.is_final,
    )


def _end(launch: ScormLaunch, at: datetime) -> None:
    ScormLaunch.objects.filter(pk=launch.pk, ended_at__isnull=True).update(ended_at=at)


def _asked_item(launch: ScormLaunch, taken: Taken) -> str:
    """The identifier of the item that the content wants next; unknown ones are only logged."""
    asked = taken.navigation
    if not asked:
        return ""
    items = [item for item in launch.item.package.items.all() if item.is_launchable]
    ids = [item.identifier for item in items]
    if asked.startswith("{target="):
        wanted = asked[len("{target=") :].partition("}")[0]
    else:
        step = {"continue": 1, "previous": -1}.get(asked, 0)
        place = ids.index(launch.item.identifier) + step if step else -1
        wanted = ids[place] if 0 <= place < len(ids) else ""
        if not step:
            return ""
    if wanted not in ids:
        logger.warning("scorm_navigation_ignored %s", launch.pk)
        return ""
    return wanted


# --- The lesson ----------------------------------------------------------------------------------


def _note_done(state: ScormState, at: datetime) -> None:
    state.done_at, state.status = at, "completed"
    state.save(update_fields=["done_at", "status", "updated_at"])


def _settle_of(launch: ScormLaunch, at: datetime) -> None:
    assert launch.enrollment is not None
    assert launch.lesson is not None
    settle_lesson(enrollment=launch.enrollment, lesson=launch.lesson, at=at)


def settle_lesson(*, enrollment: Enrollment, lesson: Lesson, at: datetime) -> None:
    """Finish the lesson if its items meet its rule; two queries if they do not."""
    if lesson.scorm_package_id is None:
        return
    items = ScormItem.objects.filter(package=lesson.scorm_package_id).exclude(href="")
    ids = list(items.values_list("pk", flat=True))
    states = {
        state.item_id: state
        for state in ScormState.objects.filter(enrollment=enrollment, item__in=ids)
    }
    percent = scorm.mean_percent([state.percent for state in states.values()])
    if _is_met(lesson, ids, states, percent):
        learning.finish_lesson(enrollment=enrollment, lesson=lesson, at=at, percent=percent)


def _is_met(
    lesson: Lesson, ids: list[int], states: dict[int, ScormState], percent: Decimal | None
) -> bool:
    """`passed`: every item is done. `score_at_least`: each is done or scored, the mean enough."""
    found = [states.get(pk) for pk in ids]
    if lesson.completion_rule == "score_at_least":
        told = all(state and (state.is_done or state.percent is not None) for state in found)
        needed = lesson.required_percent or Decimal(0)
        return told and percent is not None and percent >= needed
    return all(state is not None and state.is_done for state in found)
