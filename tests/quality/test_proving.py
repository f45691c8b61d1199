"""When a rule may be shown; vector V45 of docs/algorithms/assistance.md."""

import pytest

from quality.proving import proof_of


def pairs(agreeing, n):
    return {("yes", "yes"): agreeing, ("yes", "no"): n - agreeing}


@pytest.mark.parametrize(
    ("agreeing", "n", "status", "low"),
    [
        (27, 30, "withheld", 74.38),
        (28, 30, "proven", 78.68),
        (51, 60, "withheld", 73.89),
        (54, 60, "proven", 79.85),
        (29, 29, "unproven", 88.30),
    ],
)
def test_rule_is_proven_by_agreement_and_its_lower_bound(agreeing, n, status, low):
    proof = proof_of(pairs(agreeing, n))

    assert proof.status == status
    assert round(proof.low_percent, 2) == low


def test_no_pairs_prove_nothing():
    proof = proof_of({})

    assert (proof.status, proof.percent, proof.kappa) == ("unproven", None, None)


def test_kappa_needs_proposals_that_vary():
    assert proof_of(pairs(28, 30)).kappa is None
    table = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    assert proof_of(table).kappa == pytest.approx(0.4)
