"""The ready-made scorecards."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from quality import lint, scoring
from quality.actions.samples import load_sample_scorecards, sample_documents
from quality.models import Scorecard


@pytest.mark.parametrize("document", sample_documents(), ids=lambda document: document["name"])
def test_sample_can_be_published_and_scored(document):
    errors = [finding for finding in lint.lint(document) if finding.is_error]

    assert errors == []
    assert scoring.compile_version(document)


@pytest.mark.django_db
def test_samples_loaded_twice_make_no_copies():
    first = load_sample_scorecards(by=None, at=timezone.now())

    second = load_sample_scorecards(by=None, at=timezone.now())

    assert len(first) == len(sample_documents()) == 6
    assert second == []
    assert Scorecard.objects.count() == 6


@pytest.mark.django_db
def test_sample_comes_back_as_it_was_written():
    load_sample_scorecards(by=None, at=timezone.now())

    for document in sample_documents():
        stored = Scorecard.objects.get(name=document["name"]).versions.get().as_document()
        assert (
            stored["sections"][0]["criteria"][0]["text"]
            == (document["sections"][0]["criteria"][0]["text"])
        )
        assert stored["weight_mode"] == document["weight_mode"]


@pytest.mark.django_db
def test_command_says_what_it_made():
    out = StringIO()

    call_command("load_sample_scorecards", stdout=out)

    assert "Draft made: Voice service" in out.getvalue()
