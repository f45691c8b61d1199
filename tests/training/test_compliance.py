"""Requirements and their rounds, and the matrix of any day."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import actions as accounts
from accounts.models import AuditEntry
from config import recognition_facts
from lib import events
from ops.models import JobRun
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.training import (
    CourseRevisionFactory,
    CycleFactory,
    EnrollmentFactory,
    ExternalDocumentFactory,
    ProofFactory,
    RequirementAssignmentFactory,
    RequirementFactory,
)
from tests.races import drop_constraint, together
from tests.training.worlds import AT, LearningWorld, member
from training import certificate_page, compliance_sheet
from training.actions import assigning, passing
from training.actions import certificates as certificate_actions
from training.actions import compliance as cycles
from training.actions import requirements as actions
from training.compliance import STATES, matrix_of
from training.compliance_counts import counts_of_each, day_end
from training.events import CertificateExpired, CertificateIssued, CertificateRevoked
from training.handlers import end_evidence_of, meet_requirements
from training.models import Assignment, Certificate, Course, Cycle, Enrollment, Requirement
from training.models.compliance import ProofKind

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = AT.date()
numbers = count(1)


def at_noon(on):
    return timezone.make_aware(datetime.combine(on, time(12)))


class ComplianceWorld(LearningWorld):
    """One requirement for agents, met by the course "Birds"."""

    def __init__(self, **fields):
        super().__init__()
        self.published()
        self.requirement = self.require([[self.course]], **fields)

    def require(self, alternatives, **fields):
        given = {"role": "agent", "due_days": 30, **fields}
        number = next(numbers)
        return actions.save_requirement(
            requirement=None,
            alternatives=alternatives,
            title=f"Must know {number}",
            code=f"must-know-{number}",
            **given,
            **self.by,
        )

    def complete(self, on, person=None):
        """The course is completed at noon of a day, as its fact would tell."""
        person = person or self.learner
        enrollment = EnrollmentFactory(
            person=person, revision=self.revision, state="completed", completed_at=at_noon(on)
        )
        cycles.settle_course(person=person, course_id=self.course.pk, at=at_noon(on))
        return enrollment

    def state(self, on, **options):
        matrix = matrix_of(self.trainer, on, **options)
        return matrix.cell(self.learner, self.requirement).state


def test_the_nightly_run_opens_a_round_and_gives_the_course_once():
    world = ComplianceWorld()
    first = cycles.open_all_cycles(at=AT)
    again = cycles.open_all_cycles(at=AT)

    cycle = Cycle.objects.get(person=world.learner)
    assert (first.cycles, again.cycles) == (1, 0)
    assert (cycle.number, cycle.due_on) == (1, TODAY + 30 * DAY)
    given = Assignment.objects.get(person=world.learner)
    assert (given.source, given.due_on) == ("requirement", cycle.due_on)


def test_a_completion_meets_the_open_round_once():
    world = ComplianceWorld(validity_months=12)
    cycles.open_all_cycles(at=AT)
    world.complete(TODAY)
    cycles.settle_course(person=world.learner, course_id=world.course.pk, at=AT)

    cycle = Cycle.objects.get(person=world.learner)
    assert (cycle.satisfied_on, cycle.expires_on) == (TODAY, date(2027, 5, 4))
    assert [one["title"] for one in cycle.evidence] == ["Birds"]


def test_renewal_opens_in_its_window_and_history_stays():
    world = ComplianceWorld(validity_months=12, anchor="previous_expiry", window_days=60)
    world.complete(TODAY)
    before = Cycle.objects.values().get()
    cycles.open_all_cycles(at=at_noon(date(2027, 3, 4)))
    assert Cycle.objects.count() == 1
    cycles.open_all_cycles(at=at_noon(date(2027, 3, 6)))
    opened = Cycle.objects.get(number=2)
    assert (opened.due_on, opened.is_open) == (date(2027, 5, 4), True)

    world.complete(date(2027, 4, 1))

    opened.refresh_from_db()
    assert opened.expires_on == date(2028, 5, 4)
    assert Cycle.objects.values().get(number=1) == before


def test_a_chain_keeps_the_day_that_february_clamps():
    world = ComplianceWorld(validity_months=1, anchor="previous_expiry", window_days=60)
    for on in (date(2025, 12, 31), date(2026, 1, 30), date(2026, 2, 27)):
        world.complete(on)

    ends = list(Cycle.objects.order_by("number").values_list("expires_on", flat=True))
    assert ends == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]


def test_states_of_any_day_known_then_and_now():
    world = ComplianceWorld(validity_months=2, grace_days=10, due_soon_days=30)
    cycles.open_all_cycles(at=at_noon(date(2026, 3, 1)))
    world.complete(date(2026, 4, 30))  # Due was 31 March; it holds until 30 June.
    days = {
        date(2026, 3, 31): "pending",
        date(2026, 4, 1): "overdue",
        date(2026, 4, 29): "overdue",
        date(2026, 4, 30): "compliant",
        date(2026, 5, 30): "compliant",
        date(2026, 5, 31): "due_soon",
        date(2026, 7, 1): "in_grace",
        date(2026, 7, 11): "expired",
    }

    assert {on: world.state(on) for on in days} == days


def test_late_news_changes_what_is_known_now_and_not_what_was_known_then():
    world = ComplianceWorld()
    cycles.open_all_cycles(at=at_noon(date(2026, 3, 1)))
    document = ExternalDocumentFactory(person=world.learner, requirement=world.requirement)
    world.requirement.proofs.create(alternative=2, kind="document")
    actions.approve_document(document=document, by=world.trainer, at=at_noon(date(2026, 4, 20)))

    on = date(2026, 4, 10)
    assert (world.state(on), world.state(on, as_known_then=False)) == ("overdue", "compliant")
    assert world.state(date(2026, 4, 20)) == "compliant"


def test_a_revoked_certificate_ends_its_evidence_that_day():
    world = ComplianceWorld()
    cycles.open_all_cycles(at=AT)
    world.course.gives_certificate = True
    world.course.save()
    enrollment = world.complete(TODAY)
    enrollment.course = world.course
    certificate = certificate_actions.issue_certificate(enrollment=enrollment, at=AT)
    certificate_actions.revoke_certificate(
        certificate=certificate,
        reason="Somebody else sat there.",
        by=world.trainer,
        at=AT + 5 * DAY,
    )
    end_evidence_of(
        certificate_actions.CertificateRevoked(
            at=AT + 5 * DAY, by_id=None, certificate_id=certificate.pk, person_id=world.learner.pk
        )
    )

    assert world.state(TODAY + 4 * DAY) == "compliant"
    assert world.state(TODAY + 5 * DAY) == "pending"
    cycles.open_all_cycles(at=AT + 6 * DAY)
    assert Cycle.objects.get(number=2).due_on == TODAY + 36 * DAY


def test_all_of_one_way_or_all_of_another_meets_it():
    world = ComplianceWorld()
    second = CourseRevisionFactory()
    both = world.require([[world.course, second.course], [None]])
    world.complete(TODAY)
    assert not Cycle.objects.filter(requirement=both).exists()

    EnrollmentFactory(
        person=world.learner, revision=second, state="completed", completed_at=AT + DAY
    )
    cycles.settle(person=world.learner, requirement=both, at=AT + DAY)

    assert Cycle.objects.get(requirement=both).satisfied_on == TODAY + DAY


def test_only_who_is_asked_has_a_round():
    world = ComplianceWorld()
    cycles.open_all_cycles(at=AT)
    world.complete(TODAY, person=world.supervisor)

    assert set(Cycle.objects.values_list("person", flat=True)) == {world.learner.pk}
    matrix = matrix_of(world.trainer, TODAY)
    assert matrix.cell(world.supervisor, world.requirement).state == "not_applicable"


def test_a_waiver_counts_until_its_last_day():
    world = ComplianceWorld(due_days=0)
    cycles.open_all_cycles(at=AT)
    cycle = Cycle.objects.get()
    cycles.waive_cycle(
        cycle=cycle, until_on=TODAY + 5 * DAY, reason="On parental leave.", by=world.trainer, at=AT
    )

    assert [world.state(TODAY + days * DAY) for days in (0, 5, 6)] == [
        "waived", "waived", "overdue",
    ]  # fmt: skip
    with pytest.raises(cycles.WaivedTooLong):
        cycles.waive_cycle(
            cycle=cycle, until_on=TODAY - DAY, reason="On leave.", by=world.trainer, at=AT
        )


def test_pauses_move_only_what_says_so():
    world = ComplianceWorld(pauses_in_absence=True)
    other = world.require([[world.course]])
    cycles.open_all_cycles(at=AT)
    assigning.pause_clock(
        person=world.learner,
        starts_on=TODAY + 5 * DAY,
        ends_on=TODAY + 9 * DAY,
        reason="Away",
        **world.by,
    )

    moved = {row.requirement_id: (row.due_on - TODAY).days for row in Cycle.objects.all()}
    assert moved == {world.requirement.pk: 35, other.pk: 30}


def test_nobody_approves_their_own_document():
    world = ComplianceWorld()
    own = ExternalDocumentFactory(person=world.trainer, requirement=world.requirement)

    with pytest.raises(actions.OwnDocument):
        actions.approve_document(document=own, by=world.trainer, at=AT)
    actions.reject_document(document=own, reason="Not readable.", by=world.second, at=AT)
    with pytest.raises(actions.AlreadyDecided):
        actions.approve_document(document=own, by=world.second, at=AT)


def test_a_certificate_meets_a_requirement_for_as_long_as_it_says():
    world = ComplianceWorld(validity_months=12)
    Course.objects.filter(pk=world.course.pk).update(gives_certificate=True, certificate_months=6)
    asked = world.require([[actions.Of(ProofKind.CERTIFICATE, world.course)]], validity_months=12)
    enrollment = world.complete(TODAY)
    assert not Cycle.objects.filter(requirement=asked).exists()
    certificate = certificate_actions.issue_certificate(
        enrollment=Enrollment.objects.select_related("course").get(pk=enrollment.pk), at=AT
    )
    meet_requirements(
        CertificateIssued(
            at=AT,
            by_id=None,
            certificate_id=certificate.pk,
            person_id=world.learner.pk,
            course_id=world.course.pk,
            valid_until_on="",
        )
    )

    cycle = Cycle.objects.get(requirement=asked)
    assert (cycle.satisfied_on, cycle.expires_on) == (TODAY, certificate.valid_until_on)
    assert [one["certificate_id"] for one in cycle.evidence] == [certificate.pk]
    certificate_actions.revoke_certificate(
        certificate=certificate, reason="Issued in error.", by=world.trainer, at=AT
    )
    end_evidence_of(
        CertificateRevoked(
            at=AT, by_id=None, certificate_id=certificate.pk, person_id=world.learner.pk
        )
    )
    assert set(Cycle.objects.values_list("ended_on", flat=True)) == {TODAY}


def test_a_met_requirement_gives_a_certificate_and_each_renewal_a_new_one():
    world = ComplianceWorld(validity_months=12, certificate_signer=UserFactory())
    world.complete(TODAY)
    cycles.settle(person=world.learner, requirement=world.requirement, at=at_noon(TODAY))
    renewed_on = TODAY + timedelta(days=340)
    world.complete(renewed_on)

    first, second = Certificate.objects.order_by("pk")
    assert (first.title, first.person) == (world.requirement.title, world.learner)
    assert first.hours == Decimal(world.revision.expected_minutes) / 60
    assert (first.issued_on, first.valid_until_on) == (TODAY, first.cycle.expires_on)
    assert (second.issued_on, second.cycle.number) == (renewed_on, first.cycle.number + 1)
    assert first.serial != second.serial
    assert JobRun.objects.filter(job="training.build_certificate").count() == 2
    pages = [certificate_page.certificate_html(second) for _twice in range(2)]
    assert (pages[0] == pages[1], "has met the requirement" in pages[0]) == (True, True)


def test_a_requirement_without_a_signer_gives_no_certificate():
    ComplianceWorld(validity_months=12).complete(TODAY)

    assert Cycle.objects.get().satisfied_on == TODAY
    assert not Certificate.objects.exists()


def test_a_revoked_certificate_of_a_requirement_ends_its_round():
    world = ComplianceWorld(validity_months=12, certificate_signer=UserFactory())
    world.complete(TODAY)
    certificate = Certificate.objects.get()
    certificate_actions.revoke_certificate(
        certificate=certificate, reason="Issued in error.", by=world.trainer, at=at_noon(TODAY)
    )
    fact = CertificateRevoked(
        at=at_noon(TODAY), by_id=None, certificate_id=certificate.pk, person_id=world.learner.pk
    )
    for _twice in range(2):
        end_evidence_of(fact)

    assert Cycle.objects.get().ended_on == TODAY
    assert AuditEntry.objects.filter(verb="end_cycle").count() == 1


def test_a_certificate_of_a_round_that_ended_early_is_good_no_longer(client):
    world = ComplianceWorld(validity_months=12, certificate_signer=UserFactory())
    enrollment = world.complete(TODAY)
    certificate = Certificate.objects.get()
    assert certificate.state_on(TODAY + timedelta(days=9)) == "valid"
    cycles.end_evidence(
        source="enrollment_id", pk=enrollment.pk, person_id=world.learner.pk,
        on=TODAY + timedelta(days=9), at=AT,
    )  # fmt: skip

    certificate = Certificate.objects.get()
    assert certificate.state_on(TODAY + timedelta(days=8)) == "valid"
    assert certificate.state_on(TODAY + timedelta(days=9)) == "expired"
    page = client.get(reverse("training:certificate_verify", args=[certificate.shown_serial]))
    assert "Requirement" in page.content.decode()


def test_facts_of_a_requirements_certificate_name_no_course(monkeypatch):
    facts = []
    monkeypatch.setattr(events, "publish", facts.append)
    world = ComplianceWorld(validity_months=12, certificate_signer=UserFactory())
    world.complete(TODAY)
    (issued,) = [fact for fact in facts if isinstance(fact, CertificateIssued)]

    assert issued.course_id is None
    meet_requirements(issued)
    recognition_facts.certificate_issued(issued)
    assert Cycle.objects.count() == 1
    passing.tell_expired_certificates(at=at_noon(Certificate.objects.get().valid_until_on + DAY))
    (expired,) = [fact for fact in facts if isinstance(fact, CertificateExpired)]
    assert expired.course_id is None


def test_a_requirement_is_written_with_certificates_and_live_sessions(client):
    world = LearningWorld()
    world.add("live_session", "Meet", must_follow_previous=False)
    world.published()
    Course.objects.filter(pk=world.course.pk).update(gives_certificate=True)
    client.force_login(world.trainer)
    given = {
        "title": "Be there", "code": "be-there", "anchor": "completion", "window_days": 60,
        "grace_days": 0, "due_days": 30, "due_soon_days": 30, "minimum_validity_months": 0,
        "certificates": [world.course.pk], "live_sessions": [world.course.pk],
    }  # fmt: skip
    answer = client.post(url("requirement_create"), given)

    assert answer.status_code == 302, answer.context["form"].errors
    row = Requirement.objects.get(code="be-there")
    kinds = list(row.proofs.values_list("kind", "alternative"))
    assert kinds == [("certificate", 1), ("live_session", 1)]
    page = client.get(url("requirement_list")).content.decode()
    assert "The certificate of Birds and A live session of Birds" in page
    form = client.get(url("requirement_edit", row.pk)).context["form"]
    assert form.initial["live_sessions"] == [world.course.pk]


def test_totals_add_up_to_the_cells_and_the_hash_covers_them():
    world = ComplianceWorld()
    for _ in range(3):
        member("agent", world.team)
    cycles.open_all_cycles(at=AT)
    world.complete(TODAY)
    matrix = matrix_of(world.trainer, TODAY)
    cells = [cell.state for _, row in matrix.rows() for cell in row]

    assert sum(matrix.totals[0].counts.values()) == len(cells) == len(matrix.people)
    assert {state: cells.count(state) for state in set(cells)} == dict(matrix.whole.counts)
    before = matrix.sha256
    world.complete(TODAY + DAY, person=matrix.people[0])
    Cycle.objects.filter(number=1).update(due_on=TODAY - DAY)
    assert matrix_of(world.trainer, TODAY).sha256 != before


def test_yesterday_reads_the_same_after_todays_news():
    world = ComplianceWorld()
    cycles.open_all_cycles(at=AT)
    then = matrix_of(world.trainer, TODAY + 3 * DAY)
    world.complete(TODAY + 4 * DAY)

    assert matrix_of(world.trainer, TODAY + 3 * DAY).sha256 == then.sha256
    html = compliance_sheet.matrix_html(then, at=AT)
    assert then.sha256 in html
    assert f"As of {TODAY + 3 * DAY}, known then" in html


# --- By hand ------------------------------------------------------------------------------------


def asked_by_hand(world, people, **given):
    return cycles.assign_requirement(
        requirement=world.requirement, people=people, **given, **world.by
    )


def test_a_requirement_asked_by_hand_begins_at_once_and_only_once():
    world = ComplianceWorld()
    due_on = TODAY + 5 * DAY
    (made,) = asked_by_hand(world, [world.supervisor], due_on=due_on, reason="You stand in.")
    assert asked_by_hand(world, [world.supervisor, world.learner]) == []

    cycle = Cycle.objects.get(person=world.supervisor)
    given = Assignment.objects.get(person=world.supervisor)
    assert (cycle.due_on, given.due_on, given.source) == (due_on, due_on, "requirement")
    matrix = matrix_of(world.trainer, TODAY)
    assert matrix.cell(world.supervisor, world.requirement).state == "pending"
    cycles.withdraw_requirement(assignment=made, by=world.trainer, at=AT + DAY)
    assert [
        matrix_of(world.trainer, TODAY + days * DAY).cell(world.supervisor, world.requirement).state
        for days in (0, 1)
    ] == ["pending", "not_applicable"]


def test_what_still_holds_is_not_asked_again_by_hand():
    world = ComplianceWorld(validity_months=12)
    enrollment = EnrollmentFactory(
        person=world.supervisor, revision=world.revision, state="completed", completed_at=AT
    )
    asked_by_hand(world, [world.supervisor])

    cycle = Cycle.objects.get(person=world.supervisor)
    assert cycle.evidence[0]["enrollment_id"] == enrollment.pk
    asked_by_hand(world, [world.supervisor])
    assert Cycle.objects.filter(person=world.supervisor).count() == 1


def test_impossible_orders_by_hand_are_refused():
    world = ComplianceWorld()
    with pytest.raises(assigning.DueInThePast):
        asked_by_hand(world, [world.supervisor], due_on=TODAY - DAY)
    with pytest.raises(assigning.InactivePerson):
        asked_by_hand(world, [UserFactory(is_active=False, deactivated_at=AT)])
    with pytest.raises(assigning.TooManyPeople):
        asked_by_hand(world, [world.supervisor] * 501)


def test_a_requirement_is_asked_and_withdrawn_on_pages(client):
    world = ComplianceWorld()
    client.force_login(world.trainer)
    form = {
        "what": f"requirement:{world.requirement.pk}",
        "people": [world.supervisor.pk, world.learner.pk],
        "reason": "You stand in.",
    }
    closed = client.post(url("assign"), form | {"access_until_on": "2030-01-01"})
    assert (closed.status_code, "can be closed" in closed.content.decode()) == (422, True)
    page = client.post(url("assign"), form, follow=True).content.decode()
    assert f"Given to 1 people. Had it already: {world.learner.short_name}." in page

    order = world.supervisor.asked_by_hand.get()
    shown = client.get(url("compliance_person", world.supervisor.pk)).content.decode()
    assert "You stand in." in shown
    client.force_login(world.supervisor)
    assert "You stand in." in client.get(url("my_requirements")).content.decode()
    assert client.post(url("requirement_withdraw", order.pk)).status_code == 403
    client.force_login(world.trainer)
    assert client.post(url("requirement_withdraw", order.pk)).status_code == 302
    assert client.post(url("requirement_withdraw", order.pk)).status_code == 404


# --- Counted by the database --------------------------------------------------------------------


def some_rounds(chance, person, requirement):
    """One to three rounds, met or not, revoked, waived, late known: anything the rules allow."""
    last = chance.randint(1, 3)
    for number in range(1, last + 1):
        opened = TODAY + chance.randint(-400, 20) * DAY
        satisfied = opened + chance.randint(-30, 60) * DAY
        is_met = number < last or chance.random() < 0.6
        waived = opened + chance.randint(0, 40) * DAY if chance.random() < 0.2 else None
        met = {
            "satisfied_on": satisfied,
            "recorded_at": at_noon(satisfied + chance.choice([0, 0, 25]) * DAY),
            "expires_on": chance.choice([None, satisfied + chance.randint(0, 300) * DAY]),
            "ended_on": chance.choice([None, None, satisfied + chance.randint(0, 100) * DAY]),
        }
        CycleFactory(
            person=person,
            requirement=requirement,
            number=number,
            opened_on=opened,
            due_on=opened + chance.randint(0, 60) * DAY,
            waived_on=waived,
            waived_until_on=waived and waived + chance.randint(0, 60) * DAY,
            waiver_reason="On leave." if waived else "",
            **(met if is_met else {}),
        )


@pytest.mark.parametrize("as_known_then", [True, False])
def test_counted_states_equal_the_cells_on_every_day(as_known_then):
    chance = random.Random(7)
    world = LearningWorld()
    people = [world.learner, world.supervisor, *(member("agent", world.team) for _ in range(10))]
    asked = [
        RequirementFactory(role=role, team=team, due_soon_days=soon, grace_days=grace)
        for role, team, soon, grace in (
            ("agent", None, 30, 0), ("", world.team, 10, 20), ("trainer", None, 0, 5),
            ("", TeamFactory(), 30, 30), ("", None, 60, 10),
        )
    ]  # fmt: skip
    RequirementAssignmentFactory(person=world.learner, requirement=asked[2])
    for person in people:
        for requirement in asked:
            if chance.random() < 0.9:
                some_rounds(chance, person, requirement)

    seen = set()
    for days in range(-380, 330, 37):
        matrix = matrix_of(world.trainer, TODAY + days * DAY, as_known_then=as_known_then)
        rows = list(matrix.rows())
        columns = zip(*(cells for _, cells in rows), strict=True)
        assert [total.counts for total in matrix.totals] == [
            Counter(cell.state for cell in cells) for cells in columns
        ]
        assert matrix.by_person == {
            person.pk: Counter(cell.state for cell in cells) for person, cells in rows
        }
        seen |= {cell.state for _, cells in rows for cell in cells}
    assert seen == set(STATES)


def test_a_past_day_keeps_whom_and_what_is_gone_since():
    world = ComplianceWorld()
    cycles.open_all_cycles(at=AT)
    before = matrix_of(world.trainer, TODAY).sha256
    accounts.deactivate_user(user=world.learner, by=None, at=AT + 2 * DAY)
    actions.retire_requirement(requirement=world.requirement, by=world.trainer, at=AT + 2 * DAY)

    assert matrix_of(world.trainer, TODAY).sha256 == before
    later = matrix_of(world.trainer, TODAY + 3 * DAY)
    assert (world.learner in later.people, later.requirements) == (False, ())


def test_the_trend_counts_each_month_as_of_its_day():
    world = ComplianceWorld(due_days=0)
    cycles.open_all_cycles(at=at_noon(TODAY - 70 * DAY))
    world.complete(TODAY - 40 * DAY)
    matrix = matrix_of(world.trainer, TODAY)

    table = str(matrix.trend)
    assert f"{TODAY:%Y-%m}" in table
    months = [replace(matrix.asking, on=TODAY - days * DAY) for days in (0, 35, 60)]
    assert counts_of_each(months) == [
        Counter(compliant=1), Counter(compliant=1), Counter(overdue=1),
    ]  # fmt: skip


# --- Pages --------------------------------------------------------------------------------------


def url(name, *args):
    return reverse(f"training:{name}", args=args)


def queries(client, path):
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


def grow(world, people, requirements):
    for _ in range(people):
        person = UserFactory(roles=["agent"])
        TeamMembershipFactory(user=person, team=world.team, kind="agent")
    for _ in range(requirements):
        ProofFactory(requirement=RequirementFactory(role="agent"), course=world.course)
    cycles.open_all_cycles(at=AT)


def test_the_matrix_costs_the_same_whatever_its_size(client):
    world = ComplianceWorld()
    client.force_login(world.trainer)
    grow(world, 2, 1)
    few = queries(client, url("compliance"))
    grow(world, 30, 12)

    assert queries(client, url("compliance")) == few <= 14


def test_the_matrix_asks_for_a_day_not_too_far_ahead(client):
    world = ComplianceWorld()
    client.force_login(world.trainer)
    late = client.get(url("compliance"), {"on": f"{timezone.localdate() + 400 * DAY}"})

    assert (late.status_code, "at most 366 days" in late.content.decode()) == (422, True)
    lines = b"".join(client.get(url("compliance_export")).streaming_content).decode()
    assert f"{world.learner.full_name}" in lines


def test_people_of_other_teams_are_not_shown(client):
    world = ComplianceWorld()
    stranger = member("agent", TeamFactory())
    client.force_login(world.supervisor)

    assert client.get(url("compliance_person", world.learner.pk)).status_code == 200
    assert client.get(url("compliance_person", stranger.pk)).status_code == 404
    assert stranger.short_name not in client.get(url("compliance")).content.decode()


def test_a_requirement_is_written_on_its_page(client):
    world = ComplianceWorld()
    client.force_login(world.trainer)
    form = {
        "title": "Privacy", "code": "privacy", "anchor": "calendar", "courses": [world.course.pk],
        "minimum_validity_months": 0, "window_days": 60, "grace_days": 0, "due_days": 30,
        "due_soon_days": 30,
    }  # fmt: skip
    bad = client.post(url("requirement_create"), form)
    assert (bad.status_code, "needs month, day" in bad.content.decode()) == (422, True)
    good = form | {"calendar_month": 1, "calendar_day": 31, "validity_months": 12}
    empty = client.post(url("requirement_create"), good | {"courses": []})
    assert (empty.status_code, "Choose a course or a path" in empty.content.decode()) == (422, True)

    assert client.post(url("requirement_create"), good).status_code == 302
    made = Requirement.objects.get(code="privacy")
    assert client.get(url("requirement_edit", made.pk)).status_code == 200
    assert client.post(url("requirement_edit", made.pk), good).status_code == 302
    assert made.proofs.count() == 1
    assert client.post(url("requirement_retire", made.pk)).status_code == 302
    assert not Requirement.objects.active().filter(pk=made.pk).exists()


def test_a_paper_is_handed_in_and_decided_by_another(client):
    world = ComplianceWorld()
    world.requirement.proofs.create(alternative=2, kind="document")
    client.force_login(world.learner)
    assert "Hand in" in client.get(url("my_requirements")).content.decode()
    paper = {"title": "First aid", "issued_on": "2026-03-01", "valid_until_on": "2026-02-01"}
    reversed_ = client.post(
        url("document_hand_in", world.requirement.pk), paper | {"file": pdf_file()}
    )
    assert (reversed_.status_code, "ends after" in reversed_.content.decode()) == (422, True)
    paper["valid_until_on"] = "2028-03-01"
    client.post(url("document_hand_in", world.requirement.pk), paper | {"file": pdf_file()})
    document = world.learner.external_documents.get()
    assert client.post(url("document_decide", document.pk), {"act": "approve"}).status_code == 403

    client.force_login(world.trainer)
    assert "First aid" in client.get(url("document_list")).content.decode()
    client.post(url("document_decide", document.pk), {"act": "approve"})

    assert Cycle.objects.get().expires_on == date(2028, 3, 1)


def pdf_file():
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("aid.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")


def test_a_round_is_waived_on_the_persons_page(client):
    world = ComplianceWorld()
    cycles.open_all_cycles(at=AT)
    cycle = Cycle.objects.get()
    client.force_login(world.supervisor)
    path = url("cycle_waive", cycle.pk)
    until = f"{timezone.localdate() + DAY}"

    short = client.post(path, {"until_on": until, "reason": "no"})
    assert (short.status_code, "at least 5" in short.content.decode()) == (422, True)
    assert client.post(path, {"until_on": until, "reason": "On leave."}).status_code == 302
    client.force_login(world.learner)
    assert client.post(path, {"until_on": until, "reason": "On leave."}).status_code == 403


# --- Races --------------------------------------------------------------------------------------


def open_at_once():
    cycle = CycleFactory(satisfied_on=TODAY, recorded_at=AT)
    together(
        lambda number: cycles.open_cycle(
            requirement=cycle.requirement,
            person=cycle.person,
            number=2 + number,
            due_on=TODAY,
            at=AT,
        ),
        20,
    )
    return Cycle.objects.open().count()


@pytest.mark.race
def test_many_runs_open_one_round(race_database):
    assert open_at_once() == 1


@pytest.mark.race
def test_twin_without_its_constraint_opens_several(race_database):
    drop_constraint(Cycle, "training_cycle_one_open_per_requirement")

    assert open_at_once() > 1


def test_the_fact_of_a_completion_meets_requirements():
    world = ComplianceWorld()
    enrollment = EnrollmentFactory(
        person=world.learner, revision=world.revision, state="completed", completed_at=AT
    )
    from training.events import EnrollmentCompleted

    fact = EnrollmentCompleted(
        at=AT,
        by_id=world.learner.pk,
        enrollment_id=enrollment.pk,
        person_id=world.learner.pk,
        course_id=world.course.pk,
        revision_id=world.revision.pk,
        percent=None,
    )
    meet_requirements(fact)
    meet_requirements(fact)

    assert Cycle.objects.get().satisfied_on == TODAY
    assert set(STATES) >= {"compliant"}
    assert day_end(TODAY).hour == 0
