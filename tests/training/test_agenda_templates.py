"""Agendas that talks begin with: written once, taken by sessions, changed by one at a time."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from tests.factories.accounts import UserFactory
from tests.factories.training import AgendaTemplateFactory
from tests.training.test_coaching import Talk
from training.actions import agenda_templates as actions
from training.models import AgendaTemplate, CoachingSession

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 4, 10, tzinfo=UTC)
LINES = "What went well\n\n  One call together  \nWhat to try next\n"


@pytest.fixture
def talk():
    return Talk()


@pytest.fixture
def trainer():
    return UserFactory(roles=["trainer"])


def save(by, name="Monthly talk", lines=LINES, template=None, seen=0):
    return actions.save_template(template=template, name=name, lines=lines, seen=seen, by=by, at=AT)


def lines_of(session):
    return list(session.agenda.values_list("text", flat=True))


def test_lines_stand_one_below_the_other_without_gaps(trainer):
    assert save(trainer).texts == ["What went well", "One call together", "What to try next"]
    assert AuditEntry.objects.filter(verb="save_agenda_template").count() == 1


@pytest.mark.parametrize("lines", ["", "  \n ", "line\n" * 21, "x" * 501])
def test_agenda_of_no_or_too_many_or_too_long_lines_is_refused(trainer, lines):
    with pytest.raises(actions.WrongLines):
        save(trainer, lines=lines)
    assert not AgendaTemplate.objects.exists()


def test_name_is_used_once_until_it_is_retired(trainer):
    first = save(trainer)
    with pytest.raises(actions.NameTaken):
        save(trainer, name="MONTHLY  talk")

    actions.retire_template(template=first, by=trainer, at=AT)
    actions.retire_template(template=first, by=trainer, at=AT)

    assert save(trainer, name="MONTHLY talk").pk != first.pk
    assert AuditEntry.objects.filter(verb="retire_agenda_template").count() == 1


def test_second_writer_of_one_version_is_told(trainer):
    template = save(trainer)
    save(trainer, lines="First", template=template, seen=1)

    with pytest.raises(actions.ChangedElsewhere):
        save(trainer, lines="Second", template=template, seen=1)

    template.refresh_from_db()
    assert (template.lines, template.row_version) == ("First", 2)


def test_lines_are_put_on_once_behind_those_that_stand_there(talk):
    template = AgendaTemplateFactory(lines="What went well\nWhat to try next")
    talk.session.agenda.create(position=0, text="What to try next")

    given = {"session": talk.session, "template": template, "by": talk.coach, "at": AT}

    assert [actions.lay_out(**given), actions.lay_out(**given)] == [1, 0]
    assert lines_of(talk.session) == ["What to try next", "What went well"]


def test_retired_agenda_is_put_on_no_more(talk):
    template = AgendaTemplateFactory(retired_at=AT)

    with pytest.raises(actions.Retired):
        actions.lay_out(session=talk.session, template=template, by=talk.coach, at=AT)


def test_agendas_are_kept_and_used_on_pages(client, talk):
    client.force_login(talk.coach)
    path = reverse("training:agenda_list")
    assert client.post(path, {"name": "Monthly talk", "lines": "", "seen": 0}).status_code == 422
    client.post(path, {"name": "Monthly talk", "lines": LINES, "seen": 0})
    template = AgendaTemplate.objects.get()
    form = {"agents": [talk.agent.pk], "kind": "quality", "starts_at": "2026-06-01T10:00",
            "minutes": 30, "text": "About May", "template": template.pk}  # fmt: skip

    client.post(reverse("training:session_plan"), form)

    planned = CoachingSession.objects.latest("pk")
    assert lines_of(planned) == ["About May", *template.texts]
    session = reverse("training:session_detail", args=[talk.session.pk])
    client.post(f"{session}template/", {"template": template.pk})
    assert lines_of(talk.session)[-3:] == template.texts

    edit = reverse("training:agenda_edit", args=[template.pk])
    client.post(edit, {"name": "Every month", "lines": "Once", "seen": 1})
    stale = client.post(edit, {"name": "Every month", "lines": "Mine", "seen": 1})
    assert stale.status_code == 422 and "Mine" in stale.content.decode()
    client.post(reverse("training:agenda_retire", args=[template.pk]))
    assert client.get(edit).status_code == 404
    assert "Every month" not in client.get(path).content.decode()
    assert client.post(f"{session}template/", {"template": template.pk}).status_code == 422


def test_another_coach_puts_nothing_on_an_agenda(client, talk):
    template = AgendaTemplateFactory()
    client.force_login(UserFactory(roles=["supervisor"]))
    path = reverse("training:agenda_lay_out", args=[talk.session.pk])

    assert client.post(path, {"template": template.pk}).status_code == 404
    assert lines_of(talk.session) == []
