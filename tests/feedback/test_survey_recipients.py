"""Lists of people to ask: every row is told about, every rule holds, nobody is asked twice."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from feedback.actions.invitations import suppress
from feedback.models import Invitation, SendDecision, SurveyVersion
from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.factories.crm import ContactPointFactory
from tests.feedback.survey_worlds import AskingWorld, answered
from tests.feedback.test_survey_api import reader

__all__ = ["reader"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = AskingWorld(trigger="import", live_at=timezone.now())
    content = world.survey.published.content | {"hidden": ["branch"]}
    SurveyVersion.objects.filter(survey=world.survey).delete()
    version = SurveyVersion.objects.create(survey=world.survey, number=1, content=content)
    SurveyVersion.objects.filter(pk=version.pk).update(
        state="published", published_at=timezone.now(), published_by=world.supervisor
    )
    return world


@pytest.fixture
def admin(client):
    client.force_login(UserFactory(roles=["admin"]))
    return client


def address(customer):
    return customer.contact_points.get(kind="email").value


def send(client, world, *lines, only_check=False, header="address,language,customer,interaction"):
    text = "\n".join([header, *lines])
    body = {"file": SimpleUploadedFile("list.csv", text.encode(), "text/csv")}
    if only_check:
        body["only_check"] = "on"
    return client.post(f"/feedback/programs/{world.program.pk}/recipients/", body)


def counts(page):
    result = page.context["result"]
    assert result.read == result.invited + result.refused + result.failed
    return result.invited, result.refused, result.failed


def test_each_row_is_invited_refused_or_failed_and_told(admin, world):
    fine, silent = world.customer(), world.customer()
    suppress(address=address(silent), topic="*", reason="opt_out", at=timezone.now())
    rows = (
        f"{address(fine)},es,,",
        f"{address(fine)},,,",
        f"{address(silent)},,,",
        "nobody@mail.example,,,",
        "not an address,,,",
        f"{address(fine)},,,I-9999999",
    )

    page = send(admin, world, *rows)

    assert counts(page) == (1, 1, 4)
    reasons = [(row.line, row.reason) for row in page.context["others"]]
    assert reasons[0] == (3, "duplicate")
    assert reasons[1] == (4, "This address opted out or mail to it came back.")
    assert reasons[2] == (5, "No such customer has this address.")
    invitation = Invitation.objects.get()
    assert (invitation.customer, invitation.language) == (fine, "es")


def test_the_same_list_twice_asks_nobody_again(admin, world):
    rows = [f"{address(world.customer())},,," for _ in range(3)]

    first, second = (counts(send(admin, world, *rows)) for _ in range(2))

    assert (first, second) == ((3, 0, 0), (0, 3, 0))
    assert Invitation.objects.count() == 3


def test_a_check_says_the_same_and_writes_nothing(admin, world):
    rows = [f"{address(world.customer())},,,", "nobody@mail.example,,,"]

    checked = send(admin, world, *rows, only_check=True)
    written = SendDecision.objects.count()

    assert counts(checked) == (1, 0, 1)
    assert "Nothing was written" in checked.content.decode()
    assert written == 0
    assert counts(send(admin, world, *rows)) == (1, 0, 1)


def test_the_named_address_and_hidden_fields_are_used(admin, world):
    customer = world.customer()
    other = ContactPointFactory(customer=customer, kind="email", value="other@mail.example")
    interaction = world.interaction(customer=customer)

    page = send(
        admin,
        world,
        f"other@mail.example,{customer.external_id},{interaction.external_id},North",
        header="Address,customer,interaction,branch",
    )

    assert counts(page) == (1, 0, 0)
    invitation = Invitation.objects.get()
    assert (invitation.contact_point, invitation.interaction) == (other, interaction)
    assert invitation.hidden == {"branch": "North"}
    assert invitation.origin == "asked"


@pytest.mark.parametrize(
    ("header", "sentence"),
    [("mail", "Name a column"), ("address,shoe size", "is not known")],
)
def test_a_file_that_is_no_list_comes_back_with_a_sentence(admin, world, header, sentence):
    page = send(admin, world, header=header)

    assert page.status_code == 422
    assert sentence in page.content.decode()


def test_programs_that_choose_by_themselves_take_no_list(admin):
    world = AskingWorld()

    page = send(admin, world, f"{address(world.customer())},,,")

    assert page.status_code == 409
    assert not Invitation.objects.exists()


def test_a_large_list_costs_queries_by_the_batch(admin, world, django_assert_max_num_queries):
    rows = [f"{address(world.customer())},,," for _ in range(60)]

    with django_assert_max_num_queries(45):
        assert counts(send(admin, world, *rows))[0] == 60


# --- By the API ----------------------------------------------------------------------------------


def wish(client, once="one", **body):
    token = ApiTokenFactory(
        owner=UserFactory(roles=["admin"]), scopes=["feedback:read", "feedback:write"]
    )
    headers = {"authorization": f"Bearer {token.text}", "idempotency-key": once}
    return client.post(
        "/api/v1/feedback/invitations/", body, content_type="application/json", headers=headers
    )


def test_another_system_asks_and_gets_the_decision(client):
    world = AskingWorld(trigger="api", live_at=timezone.now())
    customer = world.customer()
    body = {"program": world.program.pk, "customer": customer.pk, "key": "order-17"}

    first, again = wish(client, **body), wish(client, "two", **body)
    unknown = wish(client, "three", **body | {"customer": 0})

    assert (first.status_code, first.json()["outcome"]) == (201, "invited")
    assert again.json()["id"] == first.json()["id"]
    assert unknown.status_code == 404
    assert Invitation.objects.get().origin == "asked"


def test_no_program_that_chooses_takes_a_wish(client):
    world = AskingWorld()

    answer = wish(client, program=world.program.pk, customer=world.customer().pk, key="x")

    assert answer.status_code == 409


def test_metrics_are_those_of_the_page(reader):
    invitation, _ = answered(5)
    address = f"surveys/{invitation.survey_id}/metrics/"

    found = reader(address).json()

    assert (found["metric"], found["value"], found["n"]) == ("csat", 100.0, 1)
    assert reader(f"{address}?from_on=soon").status_code == 400
    assert reader(f"{address}?mood=bad").status_code == 400
