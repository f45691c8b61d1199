"""Pages of recognition: what they show, who is refused, and what they cost."""

import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from feedback.actions import rewards
from feedback.models import Badge, Kudos, Redemption
from tests.factories.recognition import (
    AT,
    AwardProgramFactory,
    BadgeFactory,
    BadgeRuleFactory,
    FairPlayFlagFactory,
    KudosFactory,
    KudosRecipientFactory,
    LeaderboardFactory,
    LeaderboardSnapshotFactory,
    PraiseDraftFactory,
    RewardFactory,
)
from tests.feedback.recognition_worlds import MESSAGE, Crew, balance

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    return Crew()


def page(client, name, *args):
    return client.get(reverse(f"feedback:{name}", args=args))


def post(client, name, *args, **data):
    return client.post(reverse(f"feedback:{name}", args=args), data)


EVERYBODYS = (
    *("wall", "kudos_give", "my_recognition", "points_statement", "recognition_preferences"),
    *("reward_list", "redemption_list", "program_list", "badge_list", "board_list"),
)
SUPERVISORS = ("grant_list", "liability", "flag_list", "equity", "praise_list")


@pytest.mark.parametrize("name", (*EVERYBODYS, *SUPERVISORS))
def test_empty_pages_answer_and_are_closed_to_others(client, crew, name):
    client.force_login(crew.supervisor)
    assert page(client, name).status_code == 200

    client.force_login(crew.ann)
    assert page(client, name).status_code == (200 if name in EVERYBODYS else 403)


def test_thanks_go_from_the_form_to_the_wall(client, crew):
    client.force_login(crew.ann)
    form = page(client, "kudos_give").context["form"]
    data = {
        "recipients": [crew.ben.pk],
        "values": [crew.value.pk],
        "message": MESSAGE,
        "points_each": 5,
        "visibility": "public",
        "key": form.initial["key"],
    }

    first = post(client, "kudos_give", **data)
    second = post(client, "kudos_give", **data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert balance(crew.ben) == 5
    assert MESSAGE in page(client, "wall").content.decode()


def test_refused_thanks_come_back_with_what_was_typed(client, crew):
    client.force_login(crew.ann)

    answer = post(
        client,
        "kudos_give",
        recipients=[crew.ben.pk],
        values=[crew.value.pk],
        message=MESSAGE,
        points_each=45,
        visibility="public",
        key="one",
    )
    assert answer.status_code == 302
    answer = post(
        client,
        "kudos_give",
        recipients=[crew.ben.pk],
        values=[crew.value.pk],
        message=MESSAGE,
        points_each=45,
        visibility="public",
        key="two",
    )

    assert answer.status_code == 422
    assert "send it without points" in answer.content.decode()
    assert MESSAGE in answer.content.decode()


def test_markup_in_a_message_is_text(client, crew):
    crew.thank(message="<script>alert(1)</script> thank you so much")
    client.force_login(crew.ben)

    assert "<script>alert" not in page(client, "wall").content.decode()


def test_private_kudos_of_others_are_not_there(client, crew):
    given = crew.thank(visibility="private")

    client.force_login(crew.cid)
    assert page(client, "kudos_detail", given.pk).status_code == 404
    client.force_login(crew.supervisor)
    assert page(client, "kudos_detail", given.pk).status_code == 200


def test_colleague_reacts_and_reports_and_the_supervisor_removes(client, crew):
    given = crew.thank()
    client.force_login(crew.cid)
    post(client, "kudos_react", given.pk, kind="great")
    post(client, "kudos_report", given.pk, reason="This is meant badly.")
    assert post(client, "kudos_remove", given.pk, reason="I do not like it.").status_code == 403

    client.force_login(crew.supervisor)
    assert "This is meant badly." in page(client, "kudos_detail", given.pk).content.decode()
    post(client, "kudos_remove", given.pk, reason="It insults a customer.")

    given.refresh_from_db()
    assert (given.state, given.reactions.count()) == ("removed", 1)


def cost(client, name, *args):
    page(client, name, *args)
    with CaptureQueriesContext(connection) as found:
        assert page(client, name, *args).status_code == 200
    return len(found)


def test_wall_costs_the_same_for_1_and_25_cards(client, crew):
    client.force_login(crew.supervisor)
    kudos = KudosFactory(giver=crew.ann)
    KudosRecipientFactory(kudos=kudos, agent=crew.ben, team=crew.team)
    one = cost(client, "wall")
    for _ in range(24):
        row = KudosFactory(giver=crew.ann)
        KudosRecipientFactory(kudos=row, agent=crew.ben, team=crew.team)

    assert cost(client, "wall") == one <= 16


def test_own_page_and_statement_cost_the_same_for_many_postings(client, crew):
    client.force_login(crew.ann)
    crew.fill(crew.ann, 1)
    before = [cost(client, name) for name in ("my_recognition", "points_statement")]
    for _ in range(30):
        crew.fill(crew.ann, 1)

    assert [cost(client, name) for name in ("my_recognition", "points_statement")] == before


def test_reward_is_ordered_approved_and_handed_over_on_pages(client, crew):
    crew.fill(crew.ann, 100)
    reward = RewardFactory(name="Cinema")
    client.force_login(crew.ann)
    assert "Cinema" in page(client, "reward_list").content.decode()
    post(client, "reward_redeem", reward.pk, quantity="1", key="k")
    placed = Redemption.objects.get()
    assert post(client, "redemption_approve", placed.pk).status_code == 403

    client.force_login(crew.supervisor)
    assert "Cinema" in page(client, "redemption_list").content.decode()
    post(client, "redemption_approve", placed.pk)
    post(client, "redemption_fulfill", placed.pk)

    placed.refresh_from_db()
    assert placed.state == "fulfilled"


def test_order_beyond_the_wallet_is_a_sentence(client, crew):
    client.force_login(crew.ann)

    answer = post(client, "reward_redeem", RewardFactory().pk, quantity="1", key="k")

    assert answer.status_code == 409
    assert "The wallet holds 0 points" in answer.content.decode()


def test_csv_ends_with_the_total_and_escapes_formulas(client, crew):
    crew.fill(crew.ann, 100)
    reward = RewardFactory(name="=HYPERLINK(1)")
    rewards.redeem_reward(reward=reward, quantity=1, key="k", by=crew.ann, at=AT)
    client.force_login(crew.ann)

    points = b"".join(page(client, "points_export").streaming_content).decode()
    orders = b"".join(page(client, "redemption_export").streaming_content).decode()

    assert points.splitlines()[-1].startswith('"Total"')
    assert '"60"' in points.splitlines()[-1]
    assert "'=HYPERLINK" in orders


def test_workbooks_carry_the_same_rows_as_the_csv(client, crew):
    crew.fill(crew.ann, 100)
    crew.budget(200)
    client.force_login(crew.supervisor)
    budgets = client.get(reverse("feedback:budget_export"), {"as": "xlsx"})
    client.force_login(crew.ann)
    points = client.get(reverse("feedback:points_export"), {"as": "xlsx"})
    orders = client.get(reverse("feedback:redemption_export"), {"as": "xlsx"})

    sheets = [load_workbook(io.BytesIO(one.content)).active for one in (budgets, points, orders)]
    rows = [list(sheet.iter_rows(values_only=True)) for sheet in sheets]
    assert points["Content-Disposition"] == 'attachment; filename="points.xlsx"'
    assert [found[0][0] for found in rows] == ["Budget", "Date", "Ordered"]
    assert [found[-1][0] for found in rows] == ["Total"] * 3
    assert (rows[0][-1][3], rows[1][-1][3]) == (200, 100)


def test_supervisor_grants_on_the_page(client, crew):
    budget = crew.budget(
        100, starts_on=AT.date().replace(year=2020), ends_on=AT.date().replace(year=2100)
    )
    client.force_login(crew.supervisor)

    answer = post(
        client,
        "grant_list",
        budget=budget.pk,
        recipients=[crew.ann.pk],
        points=50,
        reason="Calm through the outage.",
    )

    assert answer.status_code == 302
    assert balance(crew.ann) == 50
    assert "50 of 100 used" in page(client, "grant_list").content.decode()


def test_rule_is_written_tried_and_put_into_force(client, crew):
    badge = BadgeFactory(name="Steady")
    client.force_login(crew.admin)
    data = {
        "mode": "count",
        "k": 3,
        "fact_kind": "evaluation",
        "window_days": 30,
        "field_1": "evaluation.score_percent",
        "operator_1": "gte",
        "value_1": "90",
    }
    bad = post(client, "rule_write", badge.pk, **(data | {"field_1": "survey.value"}))
    assert bad.status_code == 422

    assert post(client, "rule_write", badge.pk, **data).status_code == 302
    shown = page(client, "badge_detail", badge.pk).content.decode()
    assert "score percent at least 90" in shown
    post(client, "rule_activate", badge.rules.get().pk)

    assert Badge.objects.get().rules.get().state == "active"
    client.force_login(crew.ann)
    assert "3 × evaluation" in page(client, "badge_list").content.decode()
    assert post(client, "rule_write", badge.pk, **data).status_code == 403


def test_badge_of_others_is_seen_only_when_shown(client, crew):
    from feedback.actions import badges

    BadgeRuleFactory()
    badge = BadgeFactory(kind="manual")
    award = badges.award_badge(
        badge=badge, agent=crew.ann, reason="Calm through the outage.", by=crew.supervisor, at=AT
    )
    client.force_login(crew.ben)
    assert crew.ann.short_name not in page(client, "badge_detail", badge.pk).content.decode()
    assert post(client, "award_show", award.pk, shown="1").status_code == 404

    client.force_login(crew.ann)
    post(client, "award_show", award.pk, shown="1")

    client.force_login(crew.ben)
    assert crew.ann.short_name in page(client, "badge_detail", badge.pk).content.decode()


def test_board_tells_own_place_and_no_other_name_below_the_first(client, crew):
    names = [crew.ann, crew.ben, crew.cid]
    rows = [
        {
            "id": one.pk,
            "n": 20,
            "mean": 0.9,
            "lower": 0.8,
            "upper": 0.95,
            "place": place,
            "is_close": True,
        }
        for place, one in enumerate(names, start=1)
    ]
    board = LeaderboardFactory(visibility="top_n", top_n=1, reason="The team asked for it.")
    LeaderboardSnapshotFactory(board=board, rows=rows)
    client.force_login(crew.cid)

    shown = page(client, "board_list").content.decode()

    assert crew.ann.short_name in shown
    assert f">{crew.ben.short_name}<" not in shown
    assert crew.ben.short_name not in shown.split('class="page-body"')[-1]


def test_flag_is_cleared_by_others_than_those_it_is_about(client, crew):
    flag = FairPlayFlagFactory()
    flag.subjects.add(crew.ann, crew.supervisor)
    client.force_login(crew.supervisor)
    assert page(client, "flag_detail", flag.pk).status_code == 404

    client.force_login(crew.admin)
    assert post(client, "flag_clear", flag.pk, reason="").status_code == 422
    post(client, "flag_clear", flag.pk, reason="They run the same desk.")

    flag.refresh_from_db()
    assert flag.state == "cleared"


def test_praise_is_released_on_the_page(client, crew):
    draft = PraiseDraftFactory(team=crew.team)
    draft.agents.add(crew.ann)
    client.force_login(crew.supervisor)
    assert post(client, "praise_release", draft.pk, text="She was very kind.").status_code == 422

    post(client, "praise_release", draft.pk, text="She was kind.")

    assert Kudos.objects.get().source == "customer"


def test_program_takes_nominations_while_it_is_open(client, crew):
    made = AwardProgramFactory(closes_at=AT.replace(year=2100), min_tenure_days=0)
    crew.ben.hired_on = AT.date().replace(year=2020)
    crew.ben.save()
    client.force_login(crew.ann)
    why = "Took over three shifts in one week so that two colleagues could be at home."

    assert (
        post(client, "program_detail", made.pk, nominee=crew.ben.pk, statement="Nice").status_code
        == 422
    )
    assert (
        post(client, "program_detail", made.pk, nominee=crew.ben.pk, statement=why).status_code
        == 302
    )

    assert why in page(client, "program_detail", made.pk).content.decode()
    assert post(client, "program_move", made.pk, step="score").status_code == 403


def test_preferences_are_kept_and_a_birthday_is_a_day(client, crew):
    client.force_login(crew.ann)
    assert post(client, "recognition_preferences", birthday="31-02").status_code == 422

    post(client, "recognition_preferences", is_hidden="on", alias="Falcon", birthday="29-02")

    form = page(client, "recognition_preferences").context["form"]
    assert (form.initial["alias"], form.initial["birthday"]) == ("Falcon", "29-02")
    assert form.initial["by_mail"] is False


def test_terms_of_a_reward_are_told_without_what_does_not_apply(client, crew):
    RewardFactory(needs_approval=True)
    RewardFactory(stock=0, per_person_limit=2, limit_period="month", needs_approval=True)
    client.force_login(crew.ann)

    shown = page(client, "reward_list").content.decode()
    told = re.findall(r'<p class="faint small">(.*?)</p>', shown)

    assert told == ["after approval", "None left · 2 per person, a month · after approval"]
