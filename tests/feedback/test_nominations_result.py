"""Vectors of a committee's votes."""

from decimal import Decimal

from feedback.nominations import Result, result, vote_value

WEIGHTS = {"care": 50, "skill": 30, "team": 20}


def scores(*values):
    return dict(zip(WEIGHTS, values, strict=True))


def test_votes_are_weighted_and_averaged():
    votes = [scores(5, 4, 3), scores(4, 4, 5), scores(3, 5, 4)]

    assert [vote_value(vote, WEIGHTS) for vote in votes] == [
        Decimal("4.3"),
        Decimal("4.2"),
        Decimal("3.8"),
    ]
    assert result(votes, WEIGHTS, 2) == Result(Decimal("4.1000"), 3)


def test_more_fives_win_at_equal_means():
    assert Result(Decimal("4.1"), 3) > Result(Decimal("4.1"), 2)


def test_recused_members_do_not_count_and_too_few_give_no_result():
    assert result([scores(5, 5, 5), None], WEIGHTS, 2) is None
    assert result([scores(5, 5, 5), None], WEIGHTS, 1) == Result(Decimal("5.0000"), 3)
