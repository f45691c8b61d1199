"""Coaching: who reads what, what stays, what is computed."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from lib import events
from quality.averages import average
from tests.factories.accounts import UserFactory
from tests.quality.worlds import member
from tests.training.judged import DAY, START, JudgedWorld
from training import coaching_record, measuring
from training.actions import action_items, agenda, programs
from training.actions import coaching as actions
from training.coaching_board import coaching_board_of
from training.models import (
    ActionItem,
    CoachingNote,
    CoachingProgram,
    CoachingSession,
    Proposal,
)

pytestmark = pytest.mark.django_db
LATER = START + 10 * DAY
CANARY = "pfefferminz"


class Talk(JudgedWorld):
    """Six evaluations, two failed; a supervisor coaches the agent about them."""

    def __init__(self, history="FPFPPP"):
        super().__init__(history)
        self.coach = self.supervisor
        (self.session,) = self.planned([self.agent])

    def planned(self, agents, **options):
        return actions.plan_sessions(
            agents=agents, kind="quality", starts_at=LATER, minutes=30, by=self.coach, at=LATER,
            **options,
        )  # fmt: skip

    def line(self, **options):
        options = {"evaluation_ids": [self.evaluations[0].pk], "criterion_key": "solve"} | options
        return agenda.add_agenda_item(
            session=self.session, text="Solving", by=self.coach, at=LATER, **options
        )

    def note(self, body, *, is_private=False, seen=0, by=None):
        return actions.write_note(
            session=self.session, body=body, is_private=is_private, seen=seen,
            by=by or self.coach, at=LATER,
        )  # fmt: skip

    def agree(self, **options):
        item = self.session.agenda.first() or self.line()
        options = {
            "text": "Solve at the first contact", "metric": "criterion", "criterion_key": "solve",
            "target": Decimal(10), "due_on": LATER.date() + 30 * DAY, "owner": self.agent,
            "by": self.coach, "at": LATER,
        } | options  # fmt: skip
        return action_items.add_action_item(agenda_item=item, **options)

    def shared(self):
        actions.hold_session(session=self.session, by=self.coach, at=LATER)
        return actions.share_session(session=self.session, by=self.coach, at=LATER)

    def answer(self, *, is_contested=False, comment="", by=None):
        return actions.answer_session(
            session=self.session, is_contested=is_contested, comment=comment, rating=4,
            by=by or self.agent, at=LATER,
        )  # fmt: skip


@pytest.fixture
def talk():
    return Talk()


def test_failed_criteria_come_with_count_and_evidence(talk):
    (found,) = measuring.failed_criteria(talk.agent, LATER.date())

    assert found[:4] == ("solve", "Solves the matter", 2, 6)
    assert found[4] == [talk.evaluations[2].pk, talk.evaluations[0].pk]


def test_evidence_of_somebody_else_is_refused(talk):
    talk.judge("F", agent=member("agent", talk.team))

    with pytest.raises(agenda.ForeignEvidence):
        talk.line(evaluation_ids=[talk.evaluations[-1].pk])


def test_figures_of_the_day_never_move(talk):
    talk.line()
    held = actions.hold_session(session=talk.session, by=talk.coach, at=LATER)
    talk.judge("FFF")

    talk.session.refresh_from_db()
    assert talk.session.metrics_snapshot == held.metrics_snapshot
    assert held.metrics_snapshot["quality"]["n"] == 6
    assert held.metrics_snapshot["criteria"][0]["failed_percent"] == 33.33


def test_figures_of_the_day_follow_the_rule_of_quality():
    talk = Talk("PPPPPP")
    held = actions.hold_session(session=talk.session, by=talk.coach, at=LATER)
    figure = held.metrics_snapshot["quality"]
    rule = average([figure["mean"]] * 6)

    assert (figure["low"], figure["high"]) == (rule.low, rule.high)
    assert figure["low"] < figure["mean"] < figure["high"]


def test_the_agent_sees_what_was_shared_and_nothing_private(client, talk):
    talk.line()
    talk.note("We spoke about the card.")
    talk.note(CANARY, is_private=True)
    client.force_login(talk.agent)
    path = reverse("training:session_detail", args=[talk.session.pk])
    assert "This talk is planned" in client.get(path).content.decode()
    talk.shared()
    page = client.get(path).content.decode()

    assert "We spoke about the card." in page
    assert CANARY not in page
    assert CANARY not in coaching_record.record_html(talk.session, at=LATER)
    entries = AuditEntry.objects.filter(verb="write_note").select_related("payload")
    assert CANARY not in str([entry.payload.after for entry in entries])


def test_private_notes_are_their_authors_alone(client, talk):
    helper = member("trainer", talk.team)
    talk.session.co_coaches.add(helper)
    talk.note(CANARY, is_private=True)
    talk.note("mint", is_private=True, by=helper)
    path = reverse("training:session_detail", args=[talk.session.pk])

    for reader, status in ((helper, 200), (UserFactory(roles=["admin"]), 404)):
        client.force_login(reader)
        answer = client.get(path)
        assert (answer.status_code, CANARY in answer.content.decode()) == (status, False)


def test_readers_are_the_named_and_the_present_supervisor(talk):
    viewer, stranger = member("trainer", talk.team), UserFactory(roles=["supervisor"])
    following = member("supervisor", talk.team)
    trainer = member("trainer", talk.team)
    actions.open_to(
        session=talk.session, person=viewer, reason="Trains with us.", by=talk.coach, at=LATER
    )

    def sees(person):
        return CoachingSession.objects.visible_to(person).exists()

    assert [sees(one) for one in (talk.agent, talk.coach, viewer, following)] == [True] * 4
    assert [sees(one) for one in (stranger, trainer)] == [False] * 2
    following.memberships.update(ends_at=START)
    assert not sees(following)


def test_members_of_a_group_learn_of_nobody(client, talk):
    other = member("agent", talk.team, full_name="Otherwise Named")
    first, second = talk.planned([talk.agent, other], text="Greeting")
    assert first.group_key == second.group_key is not None
    for session in (first, second):
        actions.hold_session(session=session, by=talk.coach, at=LATER)
        actions.share_session(session=session, by=talk.coach, at=LATER)
    client.force_login(talk.agent)
    page = client.get(reverse("training:session_detail", args=[first.pk])).content.decode()

    assert "Otherwise" not in page
    assert str(first.group_key) not in page
    assert client.get(reverse("training:session_detail", args=[second.pk])).status_code == 404
    with pytest.raises(actions.OwnCoach):
        talk.planned([talk.coach])


def test_a_note_over_an_older_view_comes_back(client, talk):
    talk.note("Theirs")
    with pytest.raises(actions.NoteChanged) as caught:
        talk.note("Mine")
    assert caught.value.theirs == "Theirs"
    client.force_login(talk.coach)
    path = reverse("training:note_save", args=[talk.session.pk])
    page = client.post(path, {"body": "Mine", "seen": 0})
    assert (page.status_code, "Theirs" in page.content.decode()) == (409, True)
    assert CoachingNote.objects.get().body == "Theirs"


def test_moves_follow_the_table(talk):
    with pytest.raises(actions.NotPossibleNow):
        actions.share_session(session=talk.session, by=talk.coach, at=LATER)
    with pytest.raises(actions.NotYours):
        actions.hold_session(session=talk.session, by=talk.agent, at=LATER)
    shared = talk.shared()
    assert shared.acknowledgement_due_at.date() == LATER.date() + 7 * DAY
    with pytest.raises(actions.Closed):
        talk.line()
    with pytest.raises(actions.OnlyTheAgent):
        talk.answer(by=talk.coach)


def test_a_contest_needs_words_and_somebody_else_decides(talk):
    talk.shared()
    with pytest.raises(actions.NoWords):
        talk.answer(is_contested=True)
    talk.answer(is_contested=True, comment="That was another call.")

    def close(by):
        return actions.close_session(
            session=talk.session, decision="Heard both; it stays.", by=by, at=LATER
        )

    with pytest.raises(actions.NotYours):
        close(talk.coach)
    close(member("supervisor", talk.team))
    talk.session.refresh_from_db()
    assert (talk.session.state, talk.session.acknowledged_at) == ("closed", None)


def test_silence_is_never_an_acknowledgement(talk):
    talk.shared()
    actions.close_session(session=talk.session, decision="", by=talk.coach, at=LATER)

    talk.session.refresh_from_db()
    assert talk.session.acknowledged_at is None
    assert "Not acknowledged" in coaching_record.record_html(talk.session, at=LATER)


def test_acknowledging_is_told_once(talk, monkeypatch):
    told = []
    talk.shared()
    monkeypatch.setattr(events, "publish", told.append)
    talk.answer(comment="Thank you.")
    with pytest.raises(actions.NotPossibleNow):
        talk.answer()

    assert [type(fact).__name__ for fact in told] == ["CoachingAcknowledged"]


def test_planned_sessions_are_missed_after_two_working_days(talk):
    at = LATER + timedelta(days=1)
    assert actions.mark_missed_sessions(at=at) == 0
    assert actions.mark_missed_sessions(at=LATER + timedelta(days=5)) == 1
    actions.replan_session(
        session=talk.session, starts_at=LATER + 9 * DAY, by=talk.coach, at=LATER + 5 * DAY
    )
    talk.session.refresh_from_db()
    assert talk.session.state == "planned"


# --- Actions -------------------------------------------------------------------------------------


def test_baselines_are_computed_and_status_follows(talk):
    item = talk.agree()

    assert (item.baseline, item.baseline_n, item.direction) == (Decimal("33.33"), 6, "down")
    assert measuring.standing_on(item, LATER.date()).status == "waiting"
    assert not {"status", "state"} & {field.name for field in ActionItem._meta.fields}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"target": Decimal(40)}, "NotBetter"),
        ({"due_on": LATER.date()}, "DueTooSoon"),
        ({"criterion_key": ""}, "NothingMeasured"),
        ({"criterion_key": "greet", "minimum_n": 7}, "NoBaseline"),
    ],
)
def test_actions_that_cannot_be_measured_are_refused(talk, changes, refusal):
    with pytest.raises(getattr(action_items, refusal)):
        talk.agree(**changes)

    assert not ActionItem.objects.exists()


def test_a_sixth_action_asks_back(talk):
    for _five in range(5):
        talk.agree()
    with pytest.raises(action_items.TooMany):
        talk.agree()

    talk.agree(is_sure=True)


def test_load_of_a_coach_tells_overdue_actions_and_days_from_proposal(talk):
    talk.agree()
    rule = talk.rule()
    done = talk.agree(text="Says what happens next")
    ActionItem.objects.filter(pk=done.pk).update(closed_at=LATER)
    Proposal.objects.bulk_create(
        Proposal(
            rule=rule,
            agent=talk.agent,
            criterion_key="solve",
            fired_at=LATER,
            last_evidence=str(days),
            state="confirmed",
            session=talk.session,
            decided_by=talk.coach,
            decided_at=LATER,
        )
        for days in (2, 5, 9)
    )
    for proposal in Proposal.objects.all():
        since = LATER - int(proposal.last_evidence) * DAY
        Proposal.objects.filter(pk=proposal.pk).update(created_at=since)
    actions.hold_session(session=talk.session, by=talk.coach, at=LATER)

    in_time = coaching_board_of(talk.coach, LATER).loads[0]
    (late,) = coaching_board_of(talk.coach, LATER + 31 * DAY).loads

    assert (in_time.overdue, late.overdue) == (0, 1)
    assert (late.median_wait, sorted(late.waits)) == (5, [2, 5, 9])


def test_open_actions_come_back_in_the_next_session(talk):
    item = talk.agree()
    talk.shared()
    (following,) = talk.planned([talk.agent])

    line = following.agenda.get()
    assert (following.previous_session, line.carried_from) == (talk.session, item)


# --- Programs ------------------------------------------------------------------------------------


def test_programs_keep_local_time_and_plan_once(talk):
    begin = {"local_time": time(9), "zone": "Europe/Berlin", "by": talk.coach, "kind": "quality"}
    at = START.replace(month=3, day=20)
    CoachingSession.objects.all().delete()
    program = programs.begin_program(
        agents=[talk.agent], starts_on=at.replace(day=22).date(), every_weeks=1, at=at, **begin
    )
    programs.plan_ahead(program, at=at)

    moments = CoachingSession.objects.order_by("starts_at").values_list("starts_at", flat=True)
    assert [f"{moment:%m-%d %H:%M}" for moment in moments] == ["03-22 08:00", "03-29 07:00"]


def test_monthly_programs_take_the_last_day_of_short_months(talk):
    program = CoachingProgram(
        coach=talk.coach, monthly_day=31, starts_on=START.replace(month=1, day=31).date()
    )

    days = programs.turns(program, START.replace(month=4, day=30).date())
    assert [f"{day:%m-%d}" for day in days] == ["01-31", "02-28", "03-31", "04-30"]


# --- Pages ---------------------------------------------------------------------------------------


def test_a_session_is_led_and_answered_on_pages(client, talk):
    client.force_login(talk.coach)
    assert client.get(reverse("training:coaching_board")).status_code == 200
    form = {
        "agents": [talk.agent.pk],
        "kind": "quality",
        "starts_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}",
        "minutes": 30,
    }
    page = client.post(reverse("training:session_plan"), form, follow=True)
    session = page.context["session"]
    path = reverse("training:session_detail", args=[session.pk])
    client.post(f"{path}agenda/", {"text": "Solving", "criterion_key": "solve"})
    item = session.agenda.get()
    refused = client.post(
        f"{path}agenda/{item.pk}/actions/",
        {"text": "Solve at once, please", "metric": "criterion", "criterion_key": "solve",
         "target": 90, "due_on": "2099-01-01", "minimum_n": 5},
    )  # fmt: skip
    assert refused.status_code == 422
    for act in ("hold", "share"):
        client.post(f"{path}move/", {"act": act})
    client.force_login(talk.agent)
    assert client.post(f"{path}answer/", {"act": "contest"}).status_code == 422
    client.post(f"{path}answer/", {"act": "acknowledge", "comment": "Yes.", "rating": 5})
    session.refresh_from_db()
    assert (session.state, session.agent_rating) == ("acknowledged", 5)
    client.force_login(talk.coach)
    assert "fewer than 5" in client.get(reverse("training:coaching_board")).content.decode()


def test_programs_are_begun_and_ended_on_pages(client, talk):
    client.force_login(talk.coach)
    path = reverse("training:program_list")
    form = {"agents": [talk.agent.pk], "kind": "quality", "starts_on": "2026-06-01", "minutes": 30,
            "local_time": "09:00"}  # fmt: skip
    assert client.post(path, form).status_code == 422
    client.post(path, form | {"every_weeks": 2})
    program = CoachingProgram.objects.get()
    client.post(reverse("training:program_end", args=[program.pk]))
    program.refresh_from_db()
    assert program.until_on is not None
