"""Files that customers send with an answer: kept in a draft, sent, and gone when they must be."""

from copy import deepcopy
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from feedback.actions import keeping
from feedback.models import Answer, Draft, Response
from feedback.survey_templates import TEMPLATES
from ops import files
from ops.models import StoredFile
from tests.factories.feedback_surveys import SurveyVersionFactory
from tests.feedback.survey_worlds import Respondent, fresh, invited

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture():
    content = BytesIO()
    Image.new("RGB", (8, 8), "navy").save(content, "PNG")
    return SimpleUploadedFile("damage.png", content.getvalue(), "image/png")


def asking_for_a_picture(**fields):
    """An invitation whose first section asks for a rating and a file, the second for a word."""
    content = deepcopy(TEMPLATES["csat"].content)
    proof = {"code": "proof", "kind": "file", "words": {"en": "A picture of it"}}
    more = {"code": "more", "kind": "text", "words": {"en": "Anything else?"}}
    content["languages"] = ["en"]
    content["sections"] = [
        {
            "code": "one",
            "questions": [{"code": "csat", "kind": "csat", "words": {"en": "How?"}}, proof],
        },
        {"code": "two", "questions": [more]},
    ]
    return invited(version=SurveyVersionFactory(content=content), **fields)


def half_sent():
    """Somebody who sent the first section with a picture, and the second page."""
    invitation, token = asking_for_a_picture()
    person = Respondent(token)
    page = person.send(person.open(), csat="5", proof=picture())
    return invitation, person, page


def sent():
    invitation, person, page = half_sent()
    person.send(page, more="No.")
    return Response.objects.get(invitation=invitation)


def paths():
    return [files.full_path(path) for path in StoredFile.objects.values_list("path", flat=True)]


def test_a_file_waits_in_the_draft_and_goes_with_the_answer():
    invitation, person, page = half_sent()
    drafted = Draft.objects.get().answers["proof"]["value"]

    done = person.send(page, more="No.")

    stored = StoredFile.objects.get()
    assert drafted == [str(stored.pk)]
    assert done.status_code == 200
    assert Answer.objects.get(question="proof").file == stored
    assert fresh(invitation).state == "answered"


def test_erasing_the_answer_erases_the_file(django_capture_on_commit_callbacks):
    response = sent()
    (path,) = paths()
    before = path.exists()

    with django_capture_on_commit_callbacks(execute=True):
        keeping.anonymize(response=response)

    assert (before, path.exists()) == (True, False)
    assert not StoredFile.objects.exists()
    assert Response.objects.get().value == 5


def test_files_of_no_answer_and_no_draft_go_a_day_later():
    sent()
    half_sent()
    half_sent()
    ended = Draft.objects.order_by("pk").last()
    ended.delete()
    now = timezone.now()

    counts = [keeping.purge_files(at=now + timedelta(hours=hours)) for hours in (1, 25, 49)]

    assert counts == [0, 1, 0]
    assert StoredFile.objects.count() == 2
