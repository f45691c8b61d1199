"""The data models of SCORM 1.2 and 2004: which elements there are, who sets them, to what."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum

from training.scorm_times import V12, UnreadableTime, parse_time

INDEX = re.compile(r"\.(\d{1,6})(?=\.|$)", re.ASCII)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
LONGEST_SUSPEND_DATA = 64_000
MOST_ROWS = 1000


class Fault(Enum):
    """Why a value is not taken. PLACE: no element is named, or a row before those in front."""

    UNKNOWN = "unknown"
    READ_ONLY = "read_only"
    KEYWORD = "keyword"
    TYPE = "type"
    RANGE = "range"
    PLACE = "place"
    TOO_MANY = "too_many"
    DEPENDENCY = "dependency"


CODES_12 = {
    Fault.UNKNOWN: 401,
    Fault.READ_ONLY: 403,
    Fault.KEYWORD: 402,
    Fault.TYPE: 405,
    Fault.RANGE: 405,
    Fault.PLACE: 201,
    Fault.TOO_MANY: 301,
    Fault.DEPENDENCY: 405,
}
CODES_2004 = {
    Fault.UNKNOWN: 401,
    Fault.READ_ONLY: 404,
    Fault.KEYWORD: 404,
    Fault.TYPE: 406,
    Fault.RANGE: 407,
    Fault.PLACE: 351,
    Fault.TOO_MANY: 351,
    Fault.DEPENDENCY: 408,
}


def code_of(edition: str, fault: Fault) -> int:
    """The error code that the edition's run-time environment gives."""
    return (CODES_12 if edition == V12 else CODES_2004)[fault]


Check = Callable[[str], Fault | None]


# --- Kinds of values -----------------------------------------------------------------------------


def text(longest: int) -> Check:
    return lambda value: Fault.TYPE if len(value) > longest else None


def matching(pattern: str) -> Check:
    compiled = re.compile(pattern, re.ASCII | re.DOTALL)
    return lambda value: None if compiled.fullmatch(value) else Fault.TYPE


def one_of(*words: str) -> Check:
    return lambda value: None if value in words else Fault.TYPE


def number(low: str = "", high: str = "", *, may_be_blank: bool = False) -> Check:
    """A decimal as SCORM writes it, within the bounds where there are some."""
    written = re.compile(r"-?(?:\d{1,10}(?:\.\d{0,18})?|\.\d{1,18})", re.ASCII)

    def check(value: str) -> Fault | None:
        if value == "" and may_be_blank:
            return None
        found = as_number(value) if written.fullmatch(value) else None
        if found is None:
            return Fault.TYPE
        outside = (low and found < Decimal(low)) or (high and found > Decimal(high))
        return Fault.RANGE if outside else None

    return check


def either(*checks: Check) -> Check:
    """Taken if one of the checks takes it; the last one says why not."""

    def check(value: str) -> Fault | None:
        faults = [one(value) for one in checks]
        return None if None in faults else faults[-1]

    return check


def duration(edition: str) -> Check:
    def check(value: str) -> Fault | None:
        try:
            parse_time(edition, value)
        except UnreadableTime:
            return Fault.TYPE
        return None

    return check


def as_number(value: str) -> Decimal | None:
    """The number that a text is; None if it is none."""
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


# --- The models ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """`writable` and `read_only` name elements with `n` for an index, in the order of seeding."""

    edition: str
    writable: Mapping[str, Check]
    read_only: frozenset[str]
    defaults: Mapping[str, str]
    collections: frozenset[str]


IDENTIFIER_12 = matching(r"[!-~]{1,255}")
SCORE_12 = number("0", "100", may_be_blank=True)
STATUS_12 = ("passed", "completed", "failed", "incomplete", "browsed")
CLOCK_12 = matching(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,2})?")
WEIGHT_12 = number(may_be_blank=True)
WRITABLE_12: dict[str, Check] = {
    "cmi.core.lesson_location": text(255),
    "cmi.core.lesson_status": one_of(*STATUS_12),
    "cmi.core.score.raw": SCORE_12,
    "cmi.core.score.min": SCORE_12,
    "cmi.core.score.max": SCORE_12,
    "cmi.core.exit": one_of("time-out", "suspend", "logout", ""),
    "cmi.core.session_time": duration(V12),
    "cmi.suspend_data": text(LONGEST_SUSPEND_DATA),
    "cmi.comments": text(4096),
    "cmi.student_preference.audio": number("-1", "100"),
    "cmi.student_preference.language": text(255),
    "cmi.student_preference.speed": number("-100", "100"),
    "cmi.student_preference.text": number("-1", "1"),
    "cmi.objectives.n.id": IDENTIFIER_12,
    "cmi.objectives.n.status": one_of(*STATUS_12, "not attempted"),
    "cmi.objectives.n.score.raw": SCORE_12,
    "cmi.objectives.n.score.min": SCORE_12,
    "cmi.objectives.n.score.max": SCORE_12,
    "cmi.interactions.n.id": IDENTIFIER_12,
    "cmi.interactions.n.type": one_of(
        *("true-false", "choice", "fill-in", "matching", "performance", "sequencing"),
        *("likert", "numeric"),
    ),
    "cmi.interactions.n.objectives.n.id": IDENTIFIER_12,
    "cmi.interactions.n.time": CLOCK_12,
    "cmi.interactions.n.correct_responses.n.pattern": text(4000),
    "cmi.interactions.n.weighting": WEIGHT_12,
    "cmi.interactions.n.student_response": text(4000),
    "cmi.interactions.n.result": either(
        number(), one_of("correct", "wrong", "unanticipated", "neutral")
    ),
    "cmi.interactions.n.latency": duration(V12),
}
READ_ONLY_12 = frozenset(
    """cmi._version cmi.core.student_id cmi.core.student_name cmi.core.credit cmi.core.entry
    cmi.core.total_time cmi.core.lesson_mode cmi.launch_data cmi.comments_from_lms
    cmi.student_data.mastery_score cmi.student_data.max_time_allowed
    cmi.student_data.time_limit_action""".split()
)
MODEL_12 = Model(
    edition=V12,
    writable=WRITABLE_12,
    read_only=READ_ONLY_12,
    defaults={
        "cmi.core.lesson_status": "not attempted",
        "cmi.core.score.max": "100",
        "cmi.objectives.n.score.max": "100",
    },
    collections=frozenset(
        {
            "cmi.objectives",
            "cmi.interactions",
            "cmi.interactions.n.objectives",
            "cmi.interactions.n.correct_responses",
        }
    ),
)

LONG_IDENTIFIER = matching(r"(?=.*\S).{1,4000}")
MOMENT = matching(
    r"(?:19[7-9]\d|[2-9]\d{3})(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-3])(?::[0-5]\d(?::[0-5]\d(?:\.\d{1,6}(?:Z|[+-](?:[01]\d|2[0-3])"
    r"(?::?[0-5]\d)?)?)?)?)?)?)?)?"
)
STATUS_2004 = ("completed", "incomplete", "not attempted", "unknown")
SUCCESS_2004 = ("passed", "failed", "unknown")
TIME_2004 = duration("2004")
SCALED, REAL, SHARE = number("-1", "1"), number(), number("0", "1")
WRITABLE_2004: dict[str, Check] = {
    "cmi.completion_status": one_of(*STATUS_2004),
    "cmi.success_status": one_of(*SUCCESS_2004),
    "cmi.exit": one_of("time-out", "suspend", "logout", "normal", ""),
    "cmi.location": text(1000),
    "cmi.progress_measure": SHARE,
    "cmi.score.scaled": SCALED,
    "cmi.score.raw": REAL,
    "cmi.score.min": REAL,
    "cmi.score.max": REAL,
    "cmi.session_time": TIME_2004,
    "cmi.suspend_data": text(LONGEST_SUSPEND_DATA),
    "cmi.learner_preference.audio_level": number("0", "999.9999999"),
    "cmi.learner_preference.language": text(250),
    "cmi.learner_preference.delivery_speed": number("0", "999.9999999"),
    "cmi.learner_preference.audio_captioning": one_of("-1", "0", "1"),
    "cmi.comments_from_learner.n.comment": text(4300),
    "cmi.comments_from_learner.n.location": text(250),
    "cmi.comments_from_learner.n.timestamp": MOMENT,
    "cmi.objectives.n.id": LONG_IDENTIFIER,
    "cmi.objectives.n.score.scaled": SCALED,
    "cmi.objectives.n.score.raw": REAL,
    "cmi.objectives.n.score.min": REAL,
    "cmi.objectives.n.score.max": REAL,
    "cmi.objectives.n.success_status": one_of(*SUCCESS_2004),
    "cmi.objectives.n.completion_status": one_of(*STATUS_2004),
    "cmi.objectives.n.progress_measure": SHARE,
    "cmi.objectives.n.description": text(4000),
    "cmi.interactions.n.id": LONG_IDENTIFIER,
    "cmi.interactions.n.type": one_of(
        *("true-false", "choice", "fill-in", "long-fill-in", "matching", "performance"),
        *("sequencing", "likert", "numeric", "other"),
    ),
    "cmi.interactions.n.objectives.n.id": LONG_IDENTIFIER,
    "cmi.interactions.n.timestamp": MOMENT,
    "cmi.interactions.n.correct_responses.n.pattern": text(70_000),
    "cmi.interactions.n.weighting": REAL,
    "cmi.interactions.n.learner_response": text(70_000),
    "cmi.interactions.n.result": either(
        REAL, one_of("correct", "incorrect", "unanticipated", "neutral")
    ),
    "cmi.interactions.n.latency": TIME_2004,
    "cmi.interactions.n.description": text(4000),
    "adl.nav.request": matching(
        r"_none_|continue|previous|exit|exitAll|abandon|abandonAll|suspendAll"
        r"|\{target=\S{1,4000}\}(?:choice|jump)"
    ),
}
READ_ONLY_2004 = frozenset(
    """cmi._version cmi.completion_threshold cmi.credit cmi.entry cmi.launch_data cmi.learner_id
    cmi.learner_name cmi.max_time_allowed cmi.mode cmi.scaled_passing_score cmi.time_limit_action
    cmi.total_time cmi.comments_from_lms.n.comment cmi.comments_from_lms.n.location
    cmi.comments_from_lms.n.timestamp""".split()
)
MODEL_2004 = Model(
    edition="2004",
    writable=WRITABLE_2004,
    read_only=READ_ONLY_2004,
    defaults={
        "cmi.completion_status": "unknown",
        "cmi.success_status": "unknown",
        "cmi.learner_preference.audio_level": "1",
        "cmi.learner_preference.delivery_speed": "1",
        "cmi.learner_preference.audio_captioning": "0",
        "cmi.objectives.n.success_status": "unknown",
        "cmi.objectives.n.completion_status": "unknown",
        "cmi.time_limit_action": "continue,no message",
    },
    collections=frozenset(
        {
            "cmi.comments_from_learner",
            "cmi.comments_from_lms",
            "cmi.objectives",
            "cmi.interactions",
            "cmi.interactions.n.objectives",
            "cmi.interactions.n.correct_responses",
        }
    ),
)


def model_of(edition: str) -> Model:
    return MODEL_12 if edition == V12 else MODEL_2004


def generic(name: str) -> str:
    """The element with `n` for each index: cmi.objectives.3.id is cmi.objectives.n.id."""
    return INDEX.sub(".n", name)


def is_storable(value: str) -> bool:
    """Whether every database keeps the text as it is."""
    return UNSTORABLE.search(value) is None


def fault_of(edition: str, name: str, value: str) -> Fault | None:
    """Why the element does not take the value; None if it does."""
    if not name:
        return Fault.PLACE
    model, kind = model_of(edition), generic(name)
    last = name.rpartition(".")[2]
    if last in ("_children", "_count"):
        parent = kind.removesuffix(f".{last}")
        known = any(one.startswith(f"{parent}.") for one in (*model.writable, *model.read_only))
        return Fault.KEYWORD if known else Fault.UNKNOWN
    if kind in model.read_only:
        return Fault.READ_ONLY
    check = model.writable.get(kind)
    if check is None:
        return Fault.UNKNOWN
    return check(value) if is_storable(value) else Fault.TYPE
