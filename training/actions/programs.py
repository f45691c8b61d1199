"""Verbs of coaching programs: begin one, and plan its next sessions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from lib.slots import wall_slot
from training.actions.assigning import local_today
from training.actions.coaching import OwnCoach, plan_sessions
from training.models import CoachingProgram, CoachingSession
from training.validity import add_months

AHEAD_DAYS = 14


def begin_program(
    *,
    agents: list[User],
    kind: str,
    starts_on: date,
    local_time: time,
    zone: str,
    by: User,
    at: datetime,
    every_weeks: int | None = None,
    monthly_day: int | None = None,
    minutes: int = 30,
    until_on: date | None = None,
) -> CoachingProgram:
    """Repeat a session for each agent. Raises OwnCoach."""
    if by in agents:
        raise OwnCoach
    with transaction.atomic():
        program = CoachingProgram.objects.create(
            coach=by,
            kind=kind,
            starts_on=starts_on,
            local_time=local_time,
            zone=zone,
            every_weeks=every_weeks,
            monthly_day=monthly_day,
            minutes=minutes,
            until_on=until_on,
        )
        program.agents.set(agents)
        after = {"agents": sorted(agent.pk for agent in agents)}
        audit.record(verb="begin_program", record=program, by=by, at=at, after=after)
        plan_ahead(program, at=at)
    return program


def end_program(*, program: CoachingProgram, by: User, at: datetime) -> None:
    """No further session is planned."""
    with transaction.atomic():
        program.until_on = local_today(at)
        program.save(update_fields=["until_on", "updated_at"])
        audit.record(verb="end_program", record=program, by=by, at=at)


def turns(program: CoachingProgram, until_on: date) -> list[date]:
    """Every day of the program up to a day; a month without the day takes its last."""
    last = min(until_on, program.until_on) if program.until_on else until_on
    found: list[date] = []
    number = 0
    while True:
        if program.every_weeks:
            day = program.starts_on + timedelta(weeks=program.every_weeks * number)
        else:
            day = add_months(program.starts_on, number, program.monthly_day)
        if day > last:
            return found
        if day >= program.starts_on:
            found.append(day)
        number += 1


def plan_ahead(program: CoachingProgram, *, at: datetime) -> int:
    """Sessions of the next two weeks that are not there yet; twice is once."""
    today = local_today(at)
    made = 0
    agents = list(program.agents.filter(is_active=True))
    for day in turns(program, today + timedelta(days=AHEAD_DAYS)):
        if day < today:
            continue
        starts_at = wall_slot(day, program.local_time, program.zone)
        if starts_at is None:
            continue
        known = CoachingSession.objects.filter(program=program, starts_at=starts_at)
        have = set(known.values_list("agent_id", flat=True))
        for agent in agents:
            if agent.pk not in have:
                plan_sessions(
                    agents=[agent],
                    kind=program.kind,
                    starts_at=starts_at,
                    minutes=program.minutes,
                    by=program.coach,
                    at=at,
                    program=program,
                )
                made += 1
    return made


def plan_all_ahead(*, at: datetime) -> int:
    """Every running program; returns how many sessions were planned."""
    today = local_today(at)
    made = 0
    for program in CoachingProgram.objects.select_related("coach"):
        if (program.until_on is None or program.until_on >= today) and program.coach.is_active:
            with transaction.atomic():
                made += plan_ahead(program, at=at)
    return made
