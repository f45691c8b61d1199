"""check_integrity asks every area's rules, and planted damage is found by its rule."""

import pytest
from django.db import connection

from crm.models import ImportRun
from feedback.models import PointsAccount
from ops import integrity
from quality import triggers
from quality.integrity import RULES
from quality.models import EvaluationRevision
from tests.factories.crm import ImportRunFactory
from tests.factories.feedback_surveys import InvitationFactory
from tests.factories.recognition import PointsAccountFactory
from tests.quality.worlds import World

pytestmark = pytest.mark.django_db


def rules_broken(area):
    return [finding.rule for finding in integrity.check(area)]


def test_every_area_has_rules():
    assert integrity.areas() == ["accounts", "crm", "feedback", "ops", "quality", "reports"]


def test_all_rules_of_quality_are_asked():
    names = {check.__name__.removeprefix("check_") for check in RULES}

    assert set(integrity._rules["quality"]) == names


def test_changed_score_is_found():
    World().submitted()
    triggers.remove(connection)
    EvaluationRevision.objects.update(score_percent=81)
    found = list(integrity.check("quality"))
    triggers.install(connection)

    assert [(one.rule, one.table) for one in found] == [("revisions", "quality_evaluationrevision")]


def test_balance_that_no_posting_explains_is_found():
    PointsAccount.objects.filter(pk=PointsAccountFactory().pk).update(balance=5)

    assert rules_broken("feedback") == ["ledger"]


def test_answered_invitation_without_a_response_is_found():
    InvitationFactory(state="answered", answered_on="2026-03-02")

    assert "answered_invitations" in rules_broken("feedback")


def test_import_that_does_not_add_up_is_found():
    run = ImportRunFactory(read=3, created=1, updated=1)
    ImportRun.objects.filter(pk=run.pk).update(state="finished")

    (found,) = integrity.check("crm")

    assert found.pk == str(run.pk)
    assert "read 3; created 1" in found.text
