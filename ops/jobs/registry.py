"""Every job of the house by name, with what its worker must know about it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from django.conf import settings
from django.utils.module_loading import autodiscover_modules

Queue = Literal["default", "slow"]
Style = Literal["atomic", "steps", "deliver"]
NAME = re.compile(r"[a-z_]+\.[a-z0-9_]+")
MAX_NAME = 80
MAX_DELIVERY_KIND = 20
# A lease lasts 90 s and only the chunks of `steps` renew it between start and end.
MAX_UNRENEWED_SECONDS = 60


class BadJob(Exception):
    """A job is declared in a way that cannot work."""


class UnknownJob(LookupError):
    """No job has this name."""


@dataclass(frozen=True)
class Job:
    name: str
    function: Callable[..., Any]
    queue: Queue
    style: Style
    declared_seconds: int | None
    delivers: str

    @property
    def timeout_seconds(self) -> int:
        """What the worker allows: as declared, else all that the queue and the style allow."""
        allowed = queue_seconds(self.queue)
        if self.style != "steps":
            allowed = min(allowed, MAX_UNRENEWED_SECONDS)
        return self.declared_seconds or allowed


_jobs: dict[str, Job] = {}
FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def job(
    name: str,
    *,
    queue: Queue = "default",
    timeout_seconds: int | None = None,
    style: Style = "atomic",
    delivers: str = "",
) -> Callable[[FunctionT], FunctionT]:
    """Register the function as the job `name`; it takes the ids that `enqueue` was given.

    `atomic`: effect and end are one transaction. `steps`: a generator of `Step`, whose first
    argument is the cursor it stopped at. `deliver`: sends one thing of the kind `delivers` out of
    the house, outside any transaction, and returns its reference. Raises BadJob.
    """

    def register(function: FunctionT) -> FunctionT:
        new = Job(name, function, queue, style, timeout_seconds, delivers)
        faults = job_faults(new)
        known = _jobs.get(name)
        if known is not None and known.function.__qualname__ != function.__qualname__:
            faults.append(f"{known.function.__module__} already has a job of that name.")
        if faults:
            raise BadJob(f"Job {name}: " + " ".join(faults))
        _jobs[name] = new
        return function

    return register


def job_faults(new: Job) -> list[str]:
    """Sentences about what is wrong with a declaration."""
    seconds = new.declared_seconds
    rules = {
        f"Name it app.verb_noun, at most {MAX_NAME} characters.": (
            NAME.fullmatch(new.name) and len(new.name) <= MAX_NAME
        ),
        "The queue is default or slow.": new.queue in ("default", "slow"),
        "The style is atomic, steps or deliver.": new.style in ("atomic", "steps", "deliver"),
        "The timeout is a positive whole number of seconds.": (
            seconds is None or (isinstance(seconds, int) and seconds > 0)
        ),
        f"Without steps it may take {MAX_UNRENEWED_SECONDS} s at most.": (
            new.style == "steps" or (seconds or 0) <= MAX_UNRENEWED_SECONDS
        ),
        "A job of style steps is a generator function; others are not.": (
            (new.style == "steps") == inspect.isgeneratorfunction(new.function)
        ),
        "A job of style deliver, and only that, names the kind it delivers (20 characters).": (
            (new.style == "deliver") == bool(new.delivers)
            and len(new.delivers) <= MAX_DELIVERY_KIND
        ),
    }
    return [sentence for sentence, holds in rules.items() if not holds]


def find(name: str) -> Job:
    """The job of that name; raises UnknownJob."""
    try:
        return _jobs[name]
    except KeyError:
        raise UnknownJob(f"No job is named {name!r}.") from None


def seconds_allowed(name: str, queue: str) -> int:
    """The job's timeout; its queue's if an older release queued a job that is gone."""
    known = _jobs.get(name)
    return known.timeout_seconds if known else queue_seconds(queue)


def title_of(name: str) -> str:
    """A job's name in words for people: `crm.run_import` is "Run import"."""
    return name.partition(".")[2].replace("_", " ").capitalize()


def all_jobs() -> list[Job]:
    return sorted(_jobs.values(), key=lambda known: known.name)


def delivered_kinds() -> list[str]:
    """What leaves the house by jobs of style deliver."""
    return sorted({known.delivers for known in _jobs.values() if known.delivers})


def discover() -> None:
    """Import the jobs of every app; raises BadJob for one that its queue would cut short."""
    autodiscover_modules("jobs", "chores")
    for known in all_jobs():
        allowed = queue_seconds(known.queue)
        if known.timeout_seconds > allowed:
            raise BadJob(
                f"Job {known.name} may take {known.timeout_seconds} s, but the queue "
                f"{known.queue} allows {allowed} s: raise the queue's ATTUNE_JOB_…TIMEOUT."
            )


def queue_seconds(queue: str) -> int:
    """The timeout of the queue's cluster."""
    cluster = settings.Q_CLUSTER
    if queue != cluster["name"]:
        cluster = cluster | cluster["ALT_CLUSTERS"][queue]
    return int(cluster["timeout"])
