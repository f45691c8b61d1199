"""Pictures of rewards: encoded anew, refused with a sentence, seen by whoever orders."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from feedback.models import Reward
from ops.models import StoredFile
from tests.factories.accounts import UserFactory
from tests.factories.recognition import RewardFactory

pytestmark = pytest.mark.django_db


def drawn(form="PNG", **more):
    content = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(content, form, **more)
    return content.getvalue()


def change(client, reward, **fields):
    body = {
        "name": reward.name,
        "category": reward.category,
        "cost_points": reward.cost_points,
        "discount_percent": 0,
        "limit_period": "ever",
        "low_stock_at": 3,
        "is_active": "on",
        "seen_version": Reward.objects.get(pk=reward.pk).version,
    }
    return client.post(f"/admin/feedback/reward/{reward.pk}/change/", body | fields)


@pytest.fixture
def admin(client):
    client.force_login(UserFactory(roles=["admin"]))
    return client


def picture(content, name="cup.png", kind="image/png"):
    return SimpleUploadedFile(name, content, kind)


def test_a_picture_is_made_anew_and_shown_in_the_catalog(admin):
    reward = RewardFactory()
    secret = b"GPS 51.5 N"
    content = drawn("JPEG", comment=secret)

    answer = change(admin, reward, picture=picture(content, "cup.jpg", "image/jpeg"))
    reward.refresh_from_db()
    page = admin.get("/recognition/rewards/").content.decode()
    served = admin.get(f"/files/{reward.image_id}/")

    assert answer.status_code == 302
    assert f'src="/files/{reward.image_id}/"' in page
    body = b"".join(served.streaming_content)
    served.close()
    assert (body[:2], secret in body) == (b"\xff\xd8", False)


def test_a_new_picture_takes_the_place_of_the_old_one_and_may_be_removed(admin):
    reward = RewardFactory()
    for _ in range(2):
        change(admin, reward, picture=picture(drawn()))
    kept = StoredFile.objects.filter(kind="reward_image").count()
    change(admin, reward, remove_picture="on")
    reward.refresh_from_db()

    assert (kept, reward.image_id) == (1, None)
    assert not StoredFile.objects.filter(kind="reward_image").exists()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cup.svg", "none of"),
        (b"MZ not a picture", "cup.png", "none of"),
        (drawn()[:60], "cup.png", "damaged"),
        (drawn() + b"0" * 500_000, "cup.png", "larger than 500 kB"),
    ],
)
def test_other_files_are_refused_with_a_sentence(admin, content, name, sentence):
    reward = RewardFactory()

    answer = change(admin, reward, picture=picture(content, name))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Reward.objects.get(pk=reward.pk).image_id is None
