"""Rewards, badges, awards and boards are wholly in their reader's language."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.actions import boards, rewards
from tests.factories.accounts import UserFactory
from tests.factories.recognition import (
    AwardProgramFactory,
    BadgeAwardFactory,
    BadgeFactory,
    BadgeRuleFactory,
    CommitteeVoteFactory,
    LeaderboardFactory,
    LeaderboardSnapshotFactory,
    NominationFactory,
    RecognitionFactFactory,
    RewardFactory,
)
from tests.feedback.recognition_worlds import Crew
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records

pytestmark = [pytest.mark.django_db, pytest.mark.words]
DAY = timedelta(days=1)


def page(name, world):
    """What a world's reader opens: the page of this name, of the row that the world tells."""

    def read():
        reader, *about = world()
        return reader, reverse(f"feedback:{name}", args=about)

    return read


def nobody():
    return (UserFactory(roles=["agent"]),)


def administrator():
    return (UserFactory(roles=["admin"]),)


def priced():
    """Rewards of every price and stock, one within reach."""
    crew = Crew()
    crew.fill(crew.ben, 100)
    RewardFactory(stock=2, discount_percent=10, per_person_limit=2, description="For two.")
    RewardFactory(stock=0, needs_approval=False)
    RewardFactory(cost_points=9000)
    return (crew.ben,)


def ordered():
    """Orders of an agent in every state."""
    crew, at = Crew(), timezone.now()
    crew.fill(crew.ben, 1000)
    reward = RewardFactory()
    order = {"reward": reward, "quantity": 2, "by": crew.ben, "at": at}
    rows = [rewards.redeem_reward(key=str(number), **order) for number in range(5)]
    free = RewardFactory(needs_approval=False)
    rewards.redeem_reward(**order | {"reward": free, "key": "free"})
    rewards.cancel_redemption(redemption=rows[0], by=crew.ben, at=at)
    for row in rows[1:3]:
        rewards.approve_redemption(redemption=row, by=crew.supervisor, at=at)
    rewards.fulfill_redemption(redemption=rows[1], by=crew.supervisor, at=at)
    decision = {"reason": "None are left in the store.", "by": crew.supervisor, "at": at}
    rewards.decline_redemption(redemption=rows[3], **decision)
    return crew


def own_orders():
    return (ordered().ben,)


def orders_to_decide():
    return (ordered().supervisor,)


def idle_supervisor():
    return (Crew().supervisor,)


WHERE = [
    {"field": "is_passed", "operator": "eq", "value": True},
    {"field": "score_percent", "operator": "gte", "value": 90},
    {"field": "queue", "operator": "in", "value": [1, 2]},
]


def badge_of(crew):
    """Earned by a rule with conditions, shown by a colleague, its next rule a draft to try."""
    badge = BadgeFactory(points=20, is_volume=True)
    BadgeRuleFactory(badge=badge, conditions=WHERE)
    BadgeRuleFactory(badge=badge, number=2, state="draft", k=1, conditions=[], window_days=None)
    for _ in range(3):
        RecognitionFactFactory(agent=crew.ann, occurred_at=timezone.now() - 9 * DAY)
    BadgeAwardFactory(badge=badge, agent=crew.ann, is_shown=True, reason="Six clear months")
    return badge


def badges():
    """Badges of every kind: by a rule, by a streak, by hand, without a rule."""
    crew = Crew()
    badge_of(crew)
    BadgeRuleFactory(mode="streak")
    BadgeFactory()
    BadgeFactory(kind="manual", points=5)
    return (crew.ben,)


def badge():
    crew = Crew()
    return crew.ben, badge_of(crew).pk


def badge_to_manage():
    crew = Crew()
    return crew.admin, badge_of(crew).pk


def badge_without_rule():
    return Crew().admin, BadgeFactory(points=20).pk


def badge_to_give():
    return Crew().supervisor, BadgeFactory(kind="manual").pk


def opened(crew, **fields):
    at = timezone.now()
    span = {"opens_at": at - DAY, "closes_at": at + DAY, "min_tenure_days": 0}
    program = AwardProgramFactory(**span | {"chair": crew.supervisor, "points": 50} | fields)
    program.committee.add(crew.supervisor, crew.cid)
    NominationFactory(program=program, nominator=crew.ann, nominee=crew.ben)
    return program


def programs():
    crew = Crew()
    for state in ("open", "scoring", "decided", "announced"):
        opened(crew, state=state, description="For whoever helps.")
    return (crew.ben,)


def program(state, who):
    """An award in this state before one of the crew; the chair leads the nominee."""

    def world():
        crew = Crew()
        award = opened(crew, state=state, winners=2)
        other = NominationFactory(program=award, nominator=crew.ben)
        if state != "open":
            CommitteeVoteFactory(nomination=other, member=crew.cid)
            CommitteeVoteFactory(nomination=other, member=crew.supervisor)
        if state == "announced":
            type(other).objects.filter(pk=other.pk).update(state="won")
        return getattr(crew, who), award.pk

    world.__name__ = f"{state} before {who}"
    return world


def board_rows(crew):
    figures = {"n": 20, "mean": 0.9, "lower": 0.8, "upper": 0.95, "is_close": True}
    first, own, unranked = (figures | {"id": one.pk} for one in (crew.ann, crew.ben, crew.cid))
    return [first | {"place": 1}, own | {"place": 2}, unranked | {"place": None, "n": 3}]


def board_before(who):
    """A board with its first place, one that is not made yet, one without the reader."""

    def world():
        crew = Crew()
        rows = board_rows(crew)
        first = LeaderboardFactory(visibility="top_n", reason="The team asked for it.")
        kept = boards.snapshot_board(board=first, on=timezone.localdate(), at=timezone.now())
        type(kept).objects.filter(pk=kept.pk).update(rows=rows)
        LeaderboardFactory(metric="survey")
        LeaderboardSnapshotFactory(board=LeaderboardFactory(metric="qa_mean"))
        return (getattr(crew, who),)

    world.__name__ = f"boards before {who}"
    return world


PROGRAM_STEPS = [
    *(("open", who) for who in ("ann", "cid", "admin")),
    *(("scoring", who) for who in ("cid", "supervisor")),
    *(("decided", who) for who in ("cid", "supervisor")),
    ("announced", "ben"),
    ("draft", "admin"),
    ("canceled", "admin"),
]
SHOWN = [
    ("reward_list", priced),
    ("reward_list", nobody),
    ("reward_list", administrator),
    ("redemption_list", own_orders),
    ("redemption_list", orders_to_decide),
    ("redemption_list", idle_supervisor),
    ("badge_list", badges),
    ("badge_list", nobody),
    ("badge_list", administrator),
    ("badge_detail", badge),
    ("badge_detail", badge_to_manage),
    ("badge_detail", badge_without_rule),
    ("badge_detail", badge_to_give),
    ("program_list", programs),
    ("program_list", nobody),
    *(("program_detail", program(*step)) for step in PROGRAM_STEPS),
    *(("board_list", board_before(who)) for who in ("ben", "cid", "admin")),
    ("board_list", nobody),
]
WORLDS = {f"{name} {world.__name__}": page(name, world) for name, world in SHOWN}


@pytest.mark.parametrize("world", WORLDS)
def test_no_word_of_recognition_is_ours_and_unmarked(client, monkeypatch, world):
    reader, path = WORLDS[world]()
    mark_what_is_said(monkeypatch)

    page = in_spanish(client, reader, path)

    assert page.status_code == 200
    assert page["Content-Language"] == "es"
    assert unsaid(page.content.decode(), words_of_the_records()) == []


@pytest.mark.parametrize("world", WORLDS)
def test_no_english_of_ours_is_in_recognition(client, world):
    assert english_left(in_spanish(client, *WORLDS[world]()).content.decode()) == set()


def refused(client, reader, path, **given):
    in_spanish(client, reader, path)
    return client.post(path, given).content.decode()


def test_order_is_refused_in_spanish(client):
    (reader,) = priced()
    dear, gone = (RewardFactory(cost_points=900), RewardFactory(is_active=False))
    path = reverse("feedback:reward_redeem", args=[dear.pk])

    assert "La billetera tiene 100 puntos; se necesitan 900." in refused(client, reader, path)
    path = reverse("feedback:reward_redeem", args=[gone.pk])
    assert "no se le ofrece por ahora." in refused(client, reader, path)
    assert "Pida de 1 a 5." in refused(client, reader, path, quantity="9")


def test_board_tells_in_spanish_how_it_was_made(client):
    shown = in_spanish(client, *page("board_list", board_before("ben"))()).content.decode()

    assert "Proporción de evaluaciones aprobadas, elegidas al azar y publicadas, del" in shown
    assert "ordenadas por el extremo inferior del intervalo del 90 %; a partir de 10." in shown


def test_rule_is_a_spanish_sentence(client):
    shown = in_spanish(client, *page("badge_detail", badge)()).content.decode()

    conditions = "aprobada es sí y porcentaje de la nota al menos 90 y cola uno de 1, 2"
    assert f"3 × evaluación con {conditions}, en 30 días." in shown


def test_nomination_is_refused_in_spanish(client):
    reader, path = page("program_detail", program("open", "ann"))()
    in_spanish(client, reader, path)
    short = client.post(path, {"nominee": UserFactory().pk, "statement": "Kind"})

    assert short.status_code == 422
    assert "Diga por qué, con 50 a 2000 caracteres." in short.content.decode()
