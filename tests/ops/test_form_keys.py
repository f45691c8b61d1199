"""A form that is sent twice is done once."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.models import Organization
from lib import form_keys
from ops import form_keys as middleware
from ops.models import IdempotencyKey
from ops.retention import remove_outdated
from tests.factories.accounts import UserFactory
from tests.factories.ops import IdempotencyKeyFactory
from tests.races import together

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate"}


def signed_in(user=None) -> Client:
    client = Client(headers=BROWSER)
    client.force_login(user or UserFactory(roles=["admin"]))
    return client


def key_on(client: Client) -> str:
    page = client.get(reverse("crm:organization_new")).content.decode()
    form = page[page.index("<main") :]
    found = re.search(rf'name="{form_keys.FIELD}" value="([^"]+)"', form)
    assert found
    return found[1]


def send(client: Client, key: str, name: str = "Harper Mills", **headers):
    given = {"name": name, "domains": "", "source": "", "external_id": "", form_keys.FIELD: key}
    return client.post(reverse("crm:organization_new"), given, headers=headers)


@pytest.mark.django_db
def test_second_press_is_led_to_what_the_first_made():
    client = signed_in()
    key = key_on(client)

    first, second = send(client, key), send(client, key)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert Organization.objects.count() == 1


@pytest.mark.django_db
def test_another_form_makes_another():
    client = signed_in()

    send(client, key_on(client))
    send(client, key_on(client))

    assert Organization.objects.count() == 2


@pytest.mark.django_db
def test_same_form_with_other_entries_is_told_that_the_first_stand():
    client = signed_in()
    key = key_on(client)
    send(client, key)

    answer = send(client, key, "Miller and Sons")

    assert answer.status_code == 409
    assert "those stand" in answer.content.decode()
    assert [row.name for row in Organization.objects.all()] == ["Harper Mills"]


@pytest.mark.django_db
def test_form_with_faults_can_be_sent_again():
    client = signed_in()
    key = key_on(client)

    faulty, mended = send(client, key, ""), send(client, key)

    assert (faulty.status_code, mended.status_code) == (422, 302)
    assert Organization.objects.count() == 1


@pytest.mark.django_db
def test_key_of_somebody_else_or_of_nobody_is_refused():
    client = signed_in()

    answers = [send(client, key) for key in (key_on(signed_in()), "x" * 80)]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert not Organization.objects.exists()


def test_key_ends_after_a_week(monkeypatch):
    key = form_keys.mint(7)
    assert form_keys.read(key, 7)

    monkeypatch.setattr(form_keys, "KEPT_FOR", timedelta(seconds=-1))

    with pytest.raises(form_keys.NotYourForm):
        form_keys.read(key, 7)


@pytest.mark.django_db
def test_first_that_never_ended_is_not_done_again(monkeypatch):
    monkeypatch.setattr(middleware, "PATIENCE_SECONDS", 0.0)
    client = signed_in()
    key = key_on(client)
    send(client, key)
    IdempotencyKey.objects.update(status=None)

    answer = send(client, key)

    assert answer.status_code == 409
    assert "result is not known" in answer.content.decode()
    assert Organization.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers", [{"HX-Request": "true"}, {"Sec-Fetch-Mode": "cors"}, {"Accept": "*/*"}]
)
def test_parts_of_pages_may_be_sent_as_often_as_they_change(headers):
    client = signed_in()
    key = key_on(client)

    send(client, key, **headers)
    send(client, key, **headers)

    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
def test_keys_of_forms_are_kept_for_a_week():
    now = timezone.now()
    for days, scope in ((6, "form:1"), (8, "form:1"), (2, "token:1")):
        row = IdempotencyKeyFactory(scope=scope, key=f"{scope}-{days}")
        IdempotencyKey.objects.filter(pk=row.pk).update(created_at=now - timedelta(days=days))

    assert sum(remove_outdated()) == 2
    assert IdempotencyKey.objects.get().key == "form:1-6"


# --- Many presses at once ------------------------------------------------------------------------


def press_together() -> list:
    user = UserFactory(roles=["admin"])
    key = key_on(signed_in(user))
    clients = [signed_in(user) for _ in range(20)]
    return together(lambda number: send(clients[number], key)["Location"], 20)


@pytest.mark.race
def test_twenty_presses_at_once_make_one_and_lead_all_to_it(race_database):
    led = press_together()

    assert len(set(led)) == 1
    assert Organization.objects.count() == 1


@pytest.mark.race
def test_without_the_key_each_press_makes_one(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "form_key")

    press_together()

    assert Organization.objects.count() > 1
