"""Award programs, praise of customers, boards, fair play and equity."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from feedback import scanning
from feedback.actions import boards, fair_play, nominations, praise
from feedback.actions.nominations import OutsideWindow, Recused, TieUndecided
from feedback.actions.postings import NotEnoughPoints
from feedback.actions.praise import PraiseDecided
from feedback.equity import equity_of, group_rows
from feedback.models import BoardPreference, FairPlayFlag, Kudos, PraiseDraft, RecognitionPolicy
from lib.refusals import Forbidden, Invalid
from tests.factories.accounts import UserFactory
from tests.factories.recognition import (
    AT,
    AwardProgramFactory,
    LeaderboardFactory,
    RecognitionFactFactory,
)
from tests.feedback.recognition_worlds import Crew, assert_books_are_sound, balance

pytestmark = pytest.mark.django_db
WHY = "Took over three shifts in one week so that two colleagues could be with family."
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def crew():
    world = Crew()
    for person in (world.ann, world.ben, world.cid):
        person.hired_on = LONG_AGO
        person.save()
    return world


def program(crew, **fields):
    made = AwardProgramFactory(**fields)
    made.committee.set([UserFactory(roles=["agent"]) for _ in range(2)] + [made.chair])
    return made


def nominate(made, nominee, by, at=AT):
    return nominations.nominate_person(program=made, nominee=nominee, statement=WHY, by=by, at=at)


def score(row, member, care, skill, **more):
    scores = {"care": care, "skill": skill}
    return nominations.score_nomination(nomination=row, scores=scores, by=member, at=AT, **more)


# --- Nominations --------------------------------------------------------------------------------


def test_window_is_half_open(crew):
    made = program(crew)

    assert nominate(made, crew.ann, crew.ben, at=made.opens_at)
    with pytest.raises(OutsideWindow):
        nominate(made, crew.cid, crew.ben, at=made.closes_at)


def test_ineligible_nominees_are_refused_with_the_rule(crew):
    made = program(crew, max_per_nominator=1)
    fresh = UserFactory(hired_on=AT.date() - timedelta(days=89))
    with pytest.raises(Invalid, match="90 days"):
        nominate(made, fresh, crew.ben)
    with pytest.raises(Invalid, match="themselves"):
        nominate(made, crew.ben, crew.ben)
    nominate(made, crew.ann, crew.ben)

    with pytest.raises(Invalid, match="the most"):
        nominate(made, crew.cid, crew.ben)


def test_committee_is_recused_where_it_stands_too_close(crew):
    made = program(crew)
    made.committee.add(crew.supervisor, crew.ben)
    row = nominate(made, crew.ann, crew.ben)
    nominations.begin_scoring(program=made, by=crew.admin, at=AT)

    for member in (crew.supervisor, crew.ben):
        with pytest.raises(Recused):
            score(row, member, 5, 5)
    with pytest.raises(Forbidden):
        score(row, crew.cid, 5, 5)
    with pytest.raises(Invalid):
        score(row, made.chair, 6, 5)


def decided(crew, votes, **fields):
    made = program(crew, **fields)
    people = [crew.ann, crew.ben, crew.cid]
    nominators = [crew.ben, crew.cid, crew.ann]
    rows = [
        nominate(made, nominee, by)
        for nominee, by, _votes in zip(people, nominators, votes, strict=False)
    ]
    nominations.begin_scoring(program=made, by=crew.admin, at=AT)
    members = [member for member in made.committee.all() if member not in people]
    for row, given in zip(rows, votes, strict=False):
        for member, (care, skill) in zip(members, given, strict=False):
            score(row, member, care, skill)
    return made, rows


def fund(made, budget):
    type(made).objects.filter(pk=made.pk).update(budget=budget)


def test_best_nomination_wins_is_thanked_and_paid(crew):
    made, rows = decided(crew, [[(5, 5), (5, 4)], [(3, 3), (3, 3)], [(5, 5)]], points=100)
    fund(made, crew.budget(100))

    nominations.decide_program(program=made, by=made.chair, at=AT)
    nominations.announce_program(program=made, by=made.chair, at=AT)

    states = []
    for row in rows:
        row.refresh_from_db()
        states.append(row.state)
    assert states == ["won", "not_won", "not_won"]
    assert rows[2].result_mean is None  # One vote of two.
    assert balance(crew.ann) == 100
    assert Kudos.objects.get().giver == made.chair
    assert_books_are_sound()


def test_thanks_speak_the_language_of_the_center_whoever_announces(crew, settings):
    settings.LANGUAGE_CODE = "es"
    made, _rows = decided(crew, [[(5, 5), (5, 4)]])
    nominations.decide_program(program=made, by=made.chair, at=AT)

    with translation.override("en"):
        nominations.announce_program(program=made, by=made.chair, at=AT)

    assert Kudos.objects.get().message.endswith("¡Felicitaciones!")


def test_short_budget_announces_nothing(crew):
    made, _rows = decided(crew, [[(5, 5), (5, 4)]], points=100)
    fund(made, crew.budget(99))
    nominations.decide_program(program=made, by=made.chair, at=AT)

    with pytest.raises(NotEnoughPoints):
        nominations.announce_program(program=made, by=made.chair, at=AT)

    made.refresh_from_db()
    assert (made.state, Kudos.objects.count()) == ("decided", 0)


def test_tie_at_the_last_place_needs_the_chair(crew):
    made, rows = decided(crew, [[(4, 4), (4, 4)], [(4, 4), (4, 4)]])

    with pytest.raises(TieUndecided):
        nominations.decide_program(program=made, by=made.chair, at=AT)
    with pytest.raises(Forbidden):
        nominations.decide_program(program=made, by=crew.admin, at=AT)
    nominations.decide_program(
        program=made, by=made.chair, at=AT, chosen=[rows[1].pk], reason="Longer commitment shown."
    )

    rows[1].refresh_from_db()
    assert rows[1].state == "won"


@pytest.mark.parametrize(
    "criteria",
    [[], [{"code": "a", "weight_percent": 99}], [{"code": "a", "weight_percent": 50}] * 2],
)
def test_criteria_need_codes_and_weights_that_total_100(criteria):
    with pytest.raises(Invalid):
        nominations.check_criteria(criteria)


# --- Praise -------------------------------------------------------------------------------------

WORDS = "She was kind. Call me at +44 20 7946 0958. She solved it at once!"


def draft(crew):
    return praise.draft_praise(response_id="7", comment=WORDS, agents=[crew.ann], at=AT)


def test_praise_is_redacted_and_drafted_once(crew):
    first = draft(crew)

    assert "7946" not in first.redacted_text
    assert draft(crew) == first
    assert praise.draft_praise(response_id="8", comment="Thanks", agents=[crew.ann], at=AT) is None
    assert list(PraiseDraft.objects.visible_to(crew.supervisor)) == [first]
    assert list(PraiseDraft.objects.visible_to(Crew().supervisor)) == []


def test_supervisor_may_leave_sentences_out_but_change_no_word(crew):
    RecognitionPolicy.objects.update_or_create(pk=1, defaults={"praise_points": 10})
    crew.budget(100)
    waiting = draft(crew)

    with pytest.raises(Invalid):
        praise.release_praise(draft=waiting, text="She was very kind.", by=crew.supervisor, at=AT)
    kudos = praise.release_praise(
        draft=waiting, text="She was kind. She solved it at once!", by=crew.supervisor, at=AT
    )

    assert (kudos.giver, kudos.source, kudos.visibility) == (None, "customer", "team")
    assert balance(crew.ann) == 10
    with pytest.raises(PraiseDecided):
        praise.discard_praise(draft=waiting, reason="Too late for it.", by=crew.admin, at=AT)


def test_withdrawn_answer_takes_the_praise_back(crew):
    waiting = draft(crew)
    kudos = praise.release_praise(
        draft=waiting, text="She solved it at once!", by=crew.supervisor, at=AT
    )

    praise.retract_praise(response_id="7", at=AT)

    kudos.refresh_from_db()
    assert kudos.state == "removed"
    assert_books_are_sound()


# --- Boards -------------------------------------------------------------------------------------


def test_snapshot_ranks_teams_once_a_day_and_never_changes(crew):
    board = LeaderboardFactory(unit="team", min_n=2)
    for number in range(3):
        RecognitionFactFactory(agent=crew.ann, fact_key=f"evaluation:{number}")
    first = boards.snapshot_board(board=board, on=AT.date(), at=AT)
    RecognitionFactFactory(agent=crew.ann, fact_key="evaluation:9")

    second = boards.snapshot_board(board=board, on=AT.date(), at=AT)

    assert first == second
    (row,) = first.rows
    assert (row["id"], row["n"], row["place"]) == (crew.team.pk, 3, 1)
    assert (
        boards.snapshot_board(board=LeaderboardFactory(visibility="off"), on=AT.date(), at=AT)
        is None
    )


def test_names_are_shown_by_administrators_for_a_reason(crew):
    board = LeaderboardFactory()

    with pytest.raises(Forbidden):
        boards.show_board(
            board=board, visibility="top_n", reason="For fun.", by=crew.supervisor, at=AT
        )
    with pytest.raises(Invalid):
        boards.show_board(board=board, visibility="top_n", reason="", by=crew.admin, at=AT)
    boards.show_board(
        board=board, visibility="top_n", reason="The team asked for it.", by=crew.admin, at=AT
    )
    boards.prefer_on_boards(is_hidden=True, alias="", by=crew.ann, at=AT)

    assert BoardPreference.objects.get(user=crew.ann).is_hidden


# --- Fair play ----------------------------------------------------------------------------------


def given(pk, giver, recipient, minute=0, points=5, message=""):
    at = AT + timedelta(hours=pk * 30 if not minute else 0, minutes=minute)
    return scanning.Given(
        pk, giver, (recipient,), points, message or f"Reason number {pk} {'abc'[pk % 3] * 20}", at
    )


MAY = (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))


def kinds(rows):
    return [(one.kind, one.subjects) for one in scanning.findings(rows, MAY)]


def test_thanks_that_go_back_and_forth_are_found():
    rows = [
        given(n, *((1, 2) if n % 2 else (2, 1)), message=f"{n} {'xyzwvu'[n] * 30}")
        for n in range(6)
    ]

    assert ("reciprocity", (1, 2)) in kinds(rows)
    assert ("reciprocity", (1, 2)) not in kinds(rows[:5])


def test_rings_and_bursts_and_repeated_words_are_found():
    ring = [
        given(n, *[(1, 2), (2, 3), (3, 1)][n % 3], message=f"{n} {'qwertzuio'[n] * 30}")
        for n in range(9)
    ]
    assert ("cycle", (1, 2, 3)) in kinds(ring)

    burst = [
        given(n, 4, 10 + n, minute=2 * n + 1, message=f"{n} {'asdfg'[n] * 30}") for n in range(5)
    ]
    assert ("burst", (4,)) in kinds(burst)

    same = [given(n, 5, 10 + n, message="Great help with the billing case") for n in range(2)]
    assert ("duplicate", (5,)) in kinds(same)


def test_scan_raises_each_flag_once_and_hides_it_from_those_it_is_about(crew):
    words = [
        "for the shift",
        "in the storm",
        "with the export",
        "at the desk",
        "on Sunday",
        "by phone",
    ]
    for number, word in enumerate(words):
        giver, other = (crew.ann, crew.ben) if number % 2 else (crew.ben, crew.ann)
        crew.thank(other, by=giver, points=1, at=AT + timedelta(days=number),
                   message=f"{word * 3} thank you {number}")  # fmt: skip
    at = AT + timedelta(days=10)

    assert fair_play.scan_fair_play(at=at) > 0
    assert fair_play.scan_fair_play(at=at) == 0
    flag = FairPlayFlag.objects.get(kind="reciprocity")
    assert flag in FairPlayFlag.objects.visible_to(crew.supervisor)
    assert flag not in FairPlayFlag.objects.visible_to(Crew().supervisor)
    with pytest.raises(Invalid):
        fair_play.clear_flag(flag=flag, reason="", by=crew.supervisor, at=at)
    fair_play.confirm_flag(
        flag=flag, reason="They admit that it was a game.", by=crew.supervisor, at=at,
        takes_points_back=True,
    )  # fmt: skip
    assert (balance(crew.ann), balance(crew.ben)) == (0, 0)
    assert_books_are_sound()


# --- Equity -------------------------------------------------------------------------------------


def test_small_groups_are_hidden_together_with_the_next_smallest():
    groups = {n: "night" if n < 20 else "day" if n < 80 else "few" for n in range(82)}
    counts = {n: 0 if n < 9 or 20 <= n < 32 else 1 for n in range(82)}

    rows = {row.name: row for row in group_rows(groups, counts)}

    assert (rows["few"].share, rows["night"].share) == (None, None)
    assert rows["day"].share == pytest.approx(0.2)


def test_equity_tells_no_names_and_how_uneven_it_is(crew):
    crew.thank(crew.ben)

    told = equity_of(AT + timedelta(days=1))

    assert (told.people, told.received) == (3, 1)
    assert told.gini == pytest.approx(2 / 3)
    assert all(row.share is None for row in told.by_team)
