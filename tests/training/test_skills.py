"""Skills: levels that fade, proofs, the matrix, and the way to a role."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import TeamFactory
from tests.factories.training import (
    CourseFactory,
    EnrollmentFactory,
    RoleTargetFactory,
    SkillEvidenceFactory,
    SkillFactory,
    TargetRoleFactory,
)
from tests.training.judged import START, JudgedWorld
from tests.training.worlds import AT, LearningWorld, member
from training import skills
from training.actions import skills as actions
from training.models import RoleChoice, Skill, SkillEvidence, TargetRole
from training.role_page import readiness_of
from training.skill_matrix import skill_matrix_of
from training.skills import Proven

DAY = timedelta(days=1)
JANUARY = date(2025, 1, 15)


@pytest.mark.parametrize(
    ("value", "level"), [(0, 0), (49.99, 0), (50, 1), (84.99, 2), (85, 3), (95, 4), (100, 4)]
)
def test_a_level_is_how_many_thresholds_are_reached(value, level):
    assert skills.level_of(value) == level


@pytest.mark.parametrize(
    ("day", "level"),
    [
        (date(2026, 1, 15), 3),
        (date(2026, 1, 16), 2),
        (date(2026, 7, 14), 2),
        (date(2026, 7, 15), 1),
        (date(2030, 1, 1), 0),
    ],
)
def test_a_level_fades_after_its_validity(day, level):
    assert skills.faded(Proven("quiz", 3, JANUARY), day, 12, 6) == level


@pytest.mark.parametrize(("rule", "level"), [("highest", 4), ("lowest", 1), ("assessor_only", 2)])
def test_the_newest_of_each_kind_counts_by_the_rule(rule, level):
    proofs = [
        Proven("quiz", 0, JANUARY - DAY),
        Proven("quiz", 4, JANUARY),
        Proven("criterion", 1, JANUARY),
        Proven("assessor", 2, JANUARY),
        Proven("quiz", 0, JANUARY + 9 * DAY),
    ]

    assert skills.level_on(proofs, JANUARY, rule, 12, 6)[0] == level
    assert skills.level_on([], JANUARY, rule, 12, 6) == (0, None)


def test_readiness_is_weighted_and_rounded_down():
    assert skills.readiness([2, 4, 4], [(3, 1), (2, 1), (4, 1)]) == 88
    assert skills.readiness([3, 0], [(4, 3), (2, 1)]) == 64
    assert skills.readiness([], []) is None
    with pytest.raises(ValueError, match="has a level"):
        skills.readiness([1], [])


pytestmark = pytest.mark.django_db


def test_a_course_proves_its_skills_once():
    enrollment = EnrollmentFactory()
    SkillFactory(course=enrollment.course)
    given = {
        "person": enrollment.person, "course": enrollment.course,
        "enrollment_id": enrollment.pk, "at": AT,
    }  # fmt: skip
    assert actions.prove_by_course(percent=Decimal("86.5"), **given) == 1
    assert actions.prove_by_course(percent=Decimal("86.5"), **given) == 0
    row = SkillEvidence.objects.get()

    assert (row.kind, row.level, row.value) == ("quiz", 3, Decimal("86.50"))


def test_five_evaluations_prove_a_level_and_again_only_when_it_changes():
    world = JudgedWorld("PPPF")
    SkillFactory(criterion_key="solve")
    assert actions.prove_by_evaluations(at=START + 10 * DAY) == 0
    world.judge("P")
    assert actions.prove_by_evaluations(at=START + 10 * DAY) == 1
    assert actions.prove_by_evaluations(at=START + 11 * DAY) == 0
    row = SkillEvidence.objects.get()

    assert (row.person, row.level, row.value, row.n) == (world.agent, 2, Decimal("80.00"), 5)
    assert actions.prove_by_evaluations(at=START + 45 * DAY) == 1


def test_nobody_assesses_themselves():
    world = LearningWorld()
    skill = SkillFactory()
    given = {"skill": skill, "level": 3, "source": "Watched ten chats", "at": AT}

    with pytest.raises(actions.OwnSkill):
        actions.assess(person=world.trainer, by=world.trainer, **given)
    with pytest.raises(actions.NoSuchLevel):
        actions.assess(person=world.learner, by=world.trainer, **{**given, "level": 5})
    assert actions.assess(person=world.learner, by=world.trainer, **given).level == 3


def test_the_matrix_shows_gaps_and_who_is_alone():
    world = LearningWorld()
    calm, fast = SkillFactory(title="Calm"), SkillFactory(title="Fast")
    RoleTargetFactory(role="agent", skill=calm, level=4)
    SkillEvidenceFactory(person=world.learner, skill=calm, level=3, dated_on=AT.date())
    matrix = skill_matrix_of(world.trainer, timezone.now(), AT.date())
    cells = next(cells for person, cells, _ in matrix.rows if person == world.learner)
    ready = next(ready for person, _, ready in matrix.rows if person == world.learner)

    assert [(cell.level, cell.gap) for cell in cells] == [(3, 1), (0, 0)]
    assert ready == 75
    flags = {column.skill: (column.able, column.flag) for column in matrix.columns}
    assert flags == {calm: (1, "only one person"), fast: (0, "nobody")}


# --- Roles --------------------------------------------------------------------------------------


def test_every_line_of_a_role_is_computed():
    world = JudgedWorld("PPPPF")
    at = START + 10 * DAY
    skill, course = SkillFactory(), CourseFactory(title="Lead")
    world.agent.hired_on = date(2025, 5, 20)
    world.agent.save()
    role = actions.save_role(
        role=None, title="Team lead", courses=[course], levels={skill.pk: 2},
        scorecard=world.scorecard, minimum_percent=Decimal(50), minimum_n=5, no_critical_days=30,
        tenure_months=12, by=world.trainer, at=at,
    )  # fmt: skip
    before = readiness_of(world.agent, role, at, date(2026, 5, 14))
    assert [line.is_met for line in before.lines] == [False, False, True, True, False]
    assert (before.percent, before.skill_percent) == (40, 0)
    SkillEvidenceFactory(person=world.agent, skill=skill, level=2, dated_on=date(2026, 5, 1))
    EnrollmentFactory(
        person=world.agent, revision__course=course, state="completed", completed_at=at
    )
    after = readiness_of(world.agent, role, at, date(2026, 5, 20))

    assert (after.percent, after.skill_percent) == (100, 100)
    few = TargetRole(
        scorecard=world.scorecard, minimum_percent=50, minimum_n=9, last_n=10, pk=role.pk
    )
    assert "4 more evaluations" in readiness_of(world.agent, few, at, AT.date()).lines[2].next_step


# --- Pages --------------------------------------------------------------------------------------


def url(name, *args):
    return reverse(f"training:{name}", args=args)


def queries(client, path):
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


def test_the_matrix_costs_the_same_whatever_its_size(client):
    world = LearningWorld()
    SkillEvidenceFactory(person=world.learner)
    client.force_login(world.trainer)
    few = queries(client, url("skill_matrix"))
    for _ in range(12):
        person, skill = member("agent", world.team), SkillFactory()
        RoleTargetFactory(role="agent", skill=skill)
        SkillEvidenceFactory(person=person, skill=skill)

    assert queries(client, url("skill_matrix")) == few


def test_skills_are_written_set_and_assessed_on_pages(client):
    world = LearningWorld()
    client.force_login(world.trainer)
    assert "Write the first skill" in client.get(url("skill_list")).content.decode()
    form = {
        "title": "Calm", "code": "calm", "rule": "highest", "validity_months": 12,
        "decay_months": 6, "critical_headcount": 1,
    }  # fmt: skip
    bad = client.post(url("skill_create"), form | {"decay_months": 0})
    assert bad.status_code == 422
    client.post(url("skill_create"), form)
    skill = Skill.objects.get()
    client.post(url("skill_edit", skill.pk), form | {"title": "Calmness"})
    target = {"role": "agent", "skill": skill.pk, "level": 3, "weight": 1}
    client.post(url("skill_list"), target)
    assert "Calmness" in client.get(url("skill_list")).content.decode()
    word = {"skill": skill.pk, "level": 2, "source": "Ten chats"}
    client.post(url("skill_person", world.learner.pk), word)
    page = client.get(url("skill_matrix")).content.decode()
    assert "1 below 3" in page
    assert client.post(url("skill_person", world.trainer.pk), word).status_code == 403
    client.post(url("skill_list"), target | {"level": 0})
    assert not skill.targets.exists()

    client.force_login(member("supervisor", TeamFactory()))
    assert client.get(url("skill_person", world.learner.pk)).status_code == 404


def test_a_role_is_seen_by_the_supervisor_only_if_it_is_shared(client):
    world = LearningWorld()
    role = TargetRoleFactory()
    client.force_login(world.learner)
    assert role.title in client.get(url("role_list")).content.decode()
    client.post(url("role_choose", role.pk), {})
    theirs = f"{url('role_detail', role.pk)}?person={world.learner.pk}"
    client.force_login(world.supervisor)
    assert client.get(theirs).status_code == 404
    assert world.learner.short_name not in client.get(url("role_list")).content.decode()

    client.force_login(world.learner)
    client.post(url("role_choose", role.pk), {"is_shared": "on"})
    client.force_login(world.supervisor)
    assert "shares this way with you" in client.get(theirs).content.decode()
    assert world.learner.short_name in client.get(url("role_list")).content.decode()

    client.force_login(world.learner)
    client.post(url("role_choose", role.pk), {"act": "drop"})
    assert not RoleChoice.objects.exists()


def test_roles_are_written_by_trainers(client):
    world = LearningWorld()
    skill = SkillFactory()
    client.force_login(world.trainer)
    form = {
        "title": "Lead", "last_n": 10, "minimum_n": 5, f"skill-{skill.pk}": 3,
        "minimum_percent": 80,
    }  # fmt: skip
    bad = client.post(url("role_create"), form)
    assert (bad.status_code, "Choose the scorecard" in bad.content.decode()) == (422, True)
    del form["minimum_percent"]
    made = client.post(url("role_create"), form)
    role = TargetRole.objects.get()
    assert made.url == url("role_detail", role.pk)
    assert "level 3" in client.get(made.url).content.decode()
    client.post(url("role_edit", role.pk), form | {f"skill-{skill.pk}": 0})
    assert not role.skills.exists()
    client.force_login(world.learner)
    assert client.get(url("role_create")).status_code == 403
