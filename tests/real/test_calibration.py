"""The eleven real calls scored by two evaluators and calibrated: a strict ear and a lenient one."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from crm.models import Leg, Transcript
from quality.actions import answers, calibration, evaluations
from quality.assistance import Check, Line, examine, phrase_of
from quality.assisting import lines_of
from quality.reliability import by_criterion, by_pair, ratings_of
from tests.factories.quality import AT
from tests.quality.worlds import YES_NO, document, member, published
from tests.real.test_import import import_file

pytestmark = [pytest.mark.real_data, pytest.mark.django_db, pytest.mark.slow]

SCORECARD = document(
    sections=[
        {
            "key": "call",
            "title": "The call",
            "criteria": [
                {"key": key, "text": text, "weight": weight, "options": YES_NO}
                for key, text, weight in (
                    ("bank", "Names the bank", "40"),
                    ("more", "Asks for anything else", "30"),
                    ("thanks", "Thanks the caller", "30"),
                )
            ],
        }
    ]
)
STRICT = {
    "bank": "Harper Valley National Bank",
    "more": "anything else",
    "thanks": "have a great day",
}
LENIENT = {"bank": "valley national bank", "more": "anything else", "thanks": "thank you"}


def hears(lines: list[Line], words: str) -> bool:
    check = Check("phrase_present", (phrase_of(words),), speaker="agent")
    return examine(check, lines, None).holds


def rate(session, rater, expected: dict[str, str], lines: list[Line]) -> None:
    evaluation = calibration.take_seat(session=session, by=rater, at=AT)
    for key, words in expected.items():
        answers.save_answer(
            evaluation=evaluation,
            key=key,
            change={"answer": {"option": "yes" if hears(lines, words) else "no"}},
            seen=0,
            save_id=uuid4(),
            by=rater,
            at=AT,
        )
    evaluations.submit_evaluation(evaluation=evaluation, by=rater, at=AT, key=uuid4())


def test_two_evaluators_calibrate_on_the_eleven_calls(capsys, client):
    import_file(capsys, "harper_valley/*.json", format="harper_valley", agent_team="Harper Valley")
    legs = list(Leg.objects.select_related("interaction", "team").order_by("pk"))
    team = legs[0].team
    supervisor = member("supervisor", team)
    raters = [member("evaluator", team) for _ in range(2)]
    scorecard = published(SCORECARD)

    for leg in legs:
        session = calibration.plan_calibration(
            leg=leg,
            scorecard=scorecard,
            raters=raters,
            deadline_at=AT + timedelta(days=3),
            by=supervisor,
            at=AT,
        )
        lines = lines_of(Transcript.objects.get(interaction=leg.interaction))
        for rater, expected in zip(raters, (STRICT, LENIENT), strict=True):
            rate(session, rater, expected, lines)
        calibration.close_calibration(session=session, by=None, at=AT + timedelta(days=3))

    ratings = ratings_of(scorecard.current_version)
    criteria = {one.name: one for one in by_criterion(scorecard.current_version, ratings)}
    (pair,) = by_pair(ratings)
    agreed = {name: (one.n, one.agreement_percent, one.alpha) for name, one in criteria.items()}
    # "Happy valley" in one call; one call ends with thanks but without the wish.
    assert agreed == {
        "Names the bank": (11, 90.91, pytest.approx(1 - 2 / (2 * 3 * 19 / 21))),
        "Asks for anything else": (11, 100.0, None),
        "Thanks the caller": (11, 90.91, pytest.approx(0)),
    }
    # Yes by chance: 30 and 32 of 33; no by chance: 3 and 1 of 33.
    by_chance = (30 * 32 + 3 * 1) / 33**2
    assert pair.kappa == pytest.approx((31 / 33 - by_chance) / (1 - by_chance))
    client.force_login(supervisor)
    page = client.get(reverse("quality:calibration_results", args=[session.pk]))
    assert page.status_code == 200
    assert "Names the bank" in page.content.decode()
