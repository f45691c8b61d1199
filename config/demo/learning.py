"""Proofs, paths, meetings, skills, roles and effects in the demo center."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from config.demo.center import ZONE
from config.demo.people import DemoPeople
from quality.models import Scorecard
from training.actions import compliance, effects, live, paths, requirements, skills
from training.effect_data import Definition
from training.models import Course, Enrollment, Skill


def make_learning(people: DemoPeople, until: date) -> None:
    """After courses and coaching: what follows from them."""
    at = datetime.combine(until, time(16), ZoneInfo(ZONE))
    _requirements(people, at)
    _path(people, at)
    _meeting(people, at)
    _skills(people, at)
    _effect(people, until, at)


def _requirements(people: DemoPeople, at: datetime) -> None:
    """Privacy every year and openings once: asked two months ago, met by whom the courses say."""
    trainer = people.trainers[0]
    asked_at = at - timedelta(days=60)
    privacy = Course.objects.get(code="privacy-at-the-desk")
    openings = Course.objects.get(code="opening-a-contact")
    for title, course, months, due_days in (
        ("Privacy, every year", privacy, 12, 45),
        ("How we open a contact", openings, None, 70),
    ):
        requirements.save_requirement(
            requirement=None,
            alternatives=[[course], [None]] if months else [[course]],
            title=title,
            code=course.code,
            role="agent",
            validity_months=months,
            anchor="previous_expiry" if months else "completion",
            due_days=due_days,
            grace_days=14,
            by=trainer,
            at=asked_at,
        )
    compliance.open_all_cycles(at=asked_at)
    done = Enrollment.objects.filter(course__in=[privacy, openings], state="completed")
    for enrollment in done.select_related("person").order_by("completed_at"):
        compliance.settle_course(
            person=enrollment.person,
            course_id=enrollment.course_id,
            at=enrollment.completed_at or at,
        )


def _path(people: DemoPeople, at: datetime) -> None:
    """The way in, with two to choose from; for everybody in Technical."""
    by = {"by": people.trainers[0], "at": at - timedelta(days=20)}
    path = paths.save_path(
        path=None,
        code="first-weeks",
        title="The first weeks",
        summary="How we open, what we may say, and one thing you choose.",
        is_ordered=True,
        **by,
    )
    courses = {course.code: course for course in Course.objects.published()}
    for code in ("opening-a-contact", "privacy-at-the-desk"):
        paths.add_step(
            path=path, courses=[courses[code]], required_count=None, weight=Decimal(1), **by
        )
    choice = [courses["refunds-and-promises"], courses["calm-in-the-storm"]]
    paths.add_step(path=path, courses=choice, required_count=1, weight=Decimal(2), **by)
    paths.assign_path(path=path, people=people.agents["Technical"], **by)


def _meeting(people: DemoPeople, at: datetime) -> None:
    """Next week, with more people than seats."""
    trainer = people.trainers[0]
    starts_at = at + timedelta(days=6, hours=-6)
    session = live.plan_live_session(
        title="Difficult calls: practice in pairs",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        place="Training room 2",
        seats=6,
        trainer=trainer,
        by=trainer,
        at=at,
    )
    agents = [agent for team in people.agents.values() for agent in team][:8]
    for agent in agents:
        live.take_seat(session=session, person=agent, by=agent, at=at)


def _skills(people: DemoPeople, at: datetime) -> None:
    """Three skills with targets, proven by evaluations, a course and a trainer's word."""
    trainer = people.trainers[0]
    by = {"by": trainer, "at": at}
    rows = [
        skills.save_skill(
            skill=None, title=title, code=code, criterion_key=key, course=course, **by
        )
        for title, code, key, course in (
            ("Promises with a date", "promises", "promise", None),
            ("Privacy", "privacy", "", Course.objects.get(code="privacy-at-the-desk")),
            ("Coaching others", "coaching-others", "", None),
        )
    ]
    for skill, level in zip(rows, (3, 3, 1), strict=True):
        skills.set_target(role="agent", skill=skill, level=level, weight=1, **by)
    skills.prove_by_evaluations(at=at)
    _prove_by_course(rows[1], at)
    for agent, level in zip(people.agents["Billing"], (3, 1), strict=False):
        skills.assess(person=agent, skill=rows[2], level=level, source="Led two huddles", **by)
    role = skills.save_role(
        role=None,
        courses=[Course.objects.get(code="calm-in-the-storm")],
        levels={rows[0].pk: 3, rows[2].pk: 3},
        title="Team lead",
        summary="Leads a team of eight, coaches, and speaks for the customer.",
        scorecard=Scorecard.objects.get(name="Voice service"),
        minimum_percent=Decimal(85),
        no_critical_days=60,
        tenure_months=18,
        **by,
    )
    skills.choose_role(person=people.agents["Billing"][0], role=role, is_shared=True, at=at)


def _prove_by_course(skill: Skill, at: datetime) -> None:
    done = Enrollment.objects.filter(course=skill.course_id, state="completed")
    for enrollment in done.select_related("person", "course"):
        skills.prove_by_course(
            person=enrollment.person,
            course=enrollment.course,
            percent=None,
            enrollment_id=enrollment.pk,
            at=enrollment.completed_at or at,
        )


def _effect(people: DemoPeople, until: date, at: datetime) -> None:
    """Did the course on refunds help with promises?"""
    course = Course.objects.get(code="refunds-and-promises")
    effects.tie_criterion(
        course=course, criterion_key="promise", known={"promise"}, by=people.trainers[0], at=at
    )
    report = effects.order_report(
        title="Refunds and promises: does the next step get a date?",
        definition=Definition(
            treatment="course",
            from_on=until - timedelta(days=30),
            to_on=until,
            criteria=("promise",),
            course_id=course.pk,
            before_days=60,
            after_days=60,
        ),
        by=people.admin or people.trainers[0],
        at=at,
    )
    effects.compute_report(report=report, at=at)
