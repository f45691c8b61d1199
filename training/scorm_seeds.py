"""What the runtime in the browser is told before the content loads."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from training.models import ScormItem, ScormLaunch, ScormState
from training.scorm import V12, Terms, format_time
from training.scorm_commits import nested
from training.scorm_elements import model_of


def terms_of(item: ScormItem) -> Terms:
    package = item.package
    return Terms(
        mastery_score=item.mastery_score,
        scaled_passing_score=item.scaled_passing_score,
        completion_threshold=item.completion_threshold,
        trusts_status=package.trusts_status,
        completes_silent=package.completes_silent,
    )


def known_of(launch: ScormLaunch, total_hundredths: int) -> dict[str, str]:
    """What the content may read and never change, without what is empty."""
    item, person = launch.item, launch.person
    edition = item.package.edition
    is_credit = launch.mode == "normal"
    first, last = person.full_name.rpartition(" ")[::2]
    name = f"{last}, {first}" if first else last
    common = {
        "credit": "credit" if is_credit else "no-credit",
        "entry": launch.entry,
        "total_time": format_time(edition, total_hundredths),
    }
    if edition == V12:
        core = {"student_id": str(person.pk), "student_name": name, "lesson_mode": launch.mode}
        student = {
            "mastery_score": _plain(item.mastery_score),
            "max_time_allowed": item.max_time_allowed,
            "time_limit_action": item.time_limit_action,
        }
        found = {f"cmi.core.{key}": value for key, value in (core | common).items()}
        found |= {f"cmi.student_data.{key}": value for key, value in student.items()}
        found["cmi.launch_data"] = item.launch_data
    else:
        own = {
            "learner_id": str(person.pk),
            "learner_name": name,
            "mode": launch.mode,
            "launch_data": item.launch_data,
            "scaled_passing_score": _plain(item.scaled_passing_score),
            "completion_threshold": _plain(item.completion_threshold),
            "max_time_allowed": item.max_time_allowed,
            "time_limit_action": item.time_limit_action,
        }
        found = {f"cmi.{key}": value for key, value in (own | common).items()}
    return {key: value for key, value in found.items() if value}


def first_values(item: ScormItem) -> dict[str, str]:
    """What stands there at the very first launch: the objectives that the manifest names."""
    if item.package.edition == V12:
        return {}
    return {f"cmi.objectives.{n}.id": name for n, name in enumerate(item.objectives)}


def seed(launch: ScormLaunch, state: ScormState | None) -> dict[str, Any]:
    """Everything the runtime loads, as nested objects."""
    item = launch.item
    values: Mapping[str, str] = state.cmi if state is not None else first_values(item)
    known = known_of(launch, state.total_hundredths if state is not None else 0)
    return nested(model_of(item.package.edition), {**values, **known})


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"
