"""Who is asked: every step of a decision, once per interaction, and the mail that follows."""

import smtplib
import threading
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail as outbox
from django.utils import timezone

from feedback import sending, suppressing
from feedback.actions import asking, invitations
from feedback.actions.invitations import NotOpen
from feedback.models import (
    Draft,
    FrequencyRule,
    Invitation,
    InvitationCredit,
    InvitationToken,
    SendDecision,
    Suppression,
)
from lib.refusals import Refused
from ops.models import JobRun
from tests.factories.accounts import UserFactory
from tests.factories.crm import ContactPointFactory, LegFactory
from tests.factories.feedback_surveys import FrequencyRuleFactory
from tests.feedback.survey_worlds import MONDAY, AskingWorld, Respondent, fresh, invited

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def decide(world, at=MONDAY + HOUR):
    return asking.run_program(program=world.program, at=at)


def test_an_interaction_is_decided_once():
    world = AskingWorld()
    world.interaction()

    first, again = decide(world), decide(world, MONDAY + 2 * HOUR)

    assert first == {"invited": 1}
    assert again == Counter()
    decision, invitation = SendDecision.objects.get(), Invitation.objects.get()
    assert decision.due_at == invitation.due_at == MONDAY + HOUR
    assert (invitation.queue, invitation.interaction_channel) == (world.queue, "voice")


def test_sampling_can_be_drawn_again_from_salt_and_ids():
    world = AskingWorld(strata=[{"name": "all", "p": "0.3"}])
    for _ in range(30):
        world.interaction()

    found = decide(world)

    assert found["invited"] + found["not_sampled"] == 30
    for row in SendDecision.objects.all():
        is_drawn = int(row.u_hex, 16) < int(Decimal("0.3") * 2**64)
        assert (row.outcome == "invited") is is_drawn


def test_strata_give_the_share_of_the_first_that_fits():
    world = AskingWorld()
    world.program.strata = [
        {"name": "chat", "channel": "chat", "p": "0"},
        {"name": "rest", "p": "1"},
    ]
    world.program.save()
    world.interaction(channel="chat")
    world.interaction(channel="voice")

    decide(world)

    rows = SendDecision.objects.order_by("pk").values_list("stratum", "outcome")
    assert list(rows) == [("chat", "not_sampled"), ("rest", "invited")]


def test_who_cannot_be_reached_is_not_asked():
    world = AskingWorld()
    world.interaction(world.customer(email=False))

    assert decide(world) == {"no_contact_point": 1}


def test_an_address_that_opted_out_is_not_asked_and_stays_so():
    world = AskingWorld()
    customer = world.customer()
    address = customer.contact_points.get().value
    invitations.suppress(address=address, topic="surveys", reason="opt_out", at=MONDAY)
    world.interaction(customer)

    assert decide(world) == {"suppressed": 1}
    assert address not in str(Suppression.objects.values().get())


def test_a_customer_who_refused_surveys_is_not_asked():
    world = AskingWorld()
    suppressing.withdraw_consent(world.interaction().customer, MONDAY)

    assert decide(world) == {"no_consent": 1}


def test_what_is_too_old_or_not_meant_is_left():
    world = AskingWorld(conditions={"channels": ["voice"], "min_handled_seconds": 60})
    world.interaction(ended_at=MONDAY - 5 * DAY)
    world.interaction(channel="chat")

    assert decide(world) == {"too_old": 1}


def test_a_rule_blocks_a_second_invitation():
    world = AskingWorld()
    FrequencyRuleFactory()
    customer = world.customer()
    world.interaction(customer, channel="voice")
    decide(world)
    Invitation.objects.update(queue=None)
    world.interaction(customer, ended_at=MONDAY + DAY)

    assert decide(world, MONDAY + DAY + HOUR) == {"blocked": 1}
    assert SendDecision.objects.first().rule is not None


def test_a_rule_counts_within_one_batch_too():
    world = AskingWorld()
    FrequencyRuleFactory()
    customer = world.customer()
    world.interaction(customer)
    world.interaction(customer, ended_at=MONDAY + timedelta(minutes=1))

    assert decide(world) == {"invited": 1, "blocked": 1}


def test_a_delaying_rule_decides_again_when_it_is_due():
    world = AskingWorld(max_age_seconds=10 * 86_400)
    FrequencyRuleFactory(mode="delay", window_seconds=2 * 86_400)
    customer = world.customer()
    world.interaction(customer)
    decide(world)
    Invitation.objects.update(queue=None, state="sent", sent_at=MONDAY + HOUR, message_id="m")
    world.interaction(customer, ended_at=MONDAY + DAY)
    first = decide(world, MONDAY + DAY + HOUR)
    due = SendDecision.objects.first().due_at

    again = decide(world, due)

    assert (first, again) == ({"delayed": 1}, {"invited": 1})
    assert due == MONDAY + HOUR + 2 * DAY
    assert Invitation.objects.count() == 2


def test_a_newer_contact_ends_what_was_planned():
    world = AskingWorld(delay_seconds=86_400)
    customer = world.customer()
    world.interaction(customer)
    decide(world)
    world.interaction(customer, ended_at=MONDAY + 2 * HOUR)

    decide(world, MONDAY + 3 * HOUR)

    outcomes = SendDecision.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["reopened", "invited"]
    assert sorted(Invitation.objects.values_list("state", flat=True)) == ["canceled", "planned"]


def test_quiet_hours_wait_for_the_morning_of_the_customer():
    world = AskingWorld()
    world.interaction(world.customer(time_zone="America/New_York"), ended_at=MONDAY + 9 * HOUR)

    decide(world, MONDAY + 10 * HOUR)

    assert Invitation.objects.get().due_at == (MONDAY + DAY).replace(hour=13, minute=0)


def test_a_full_survey_asks_nobody():
    world = AskingWorld()
    world.survey.response_cap = 0
    world.survey.save()
    world.interaction()

    assert decide(world) == {"cap_reached": 1}


def test_decisions_cost_a_fixed_number_of_queries(django_assert_max_num_queries):
    world = AskingWorld()
    FrequencyRuleFactory()
    for _ in range(40):
        world.interaction()

    with django_assert_max_num_queries(24):
        decide(world)


def test_a_simulation_adds_up_and_writes_nothing():
    world = AskingWorld()
    for _ in range(12):
        world.interaction()

    found = asking.simulate(program=world.program, at=MONDAY + HOUR, share="0.5")

    assert found.total() == 12
    assert 0 < found["invited"] < 12
    assert not SendDecision.objects.exists()
    assert not Invitation.objects.exists()


def test_a_simulation_decides_what_the_program_decided():
    world = AskingWorld(strata=[{"name": "all", "p": "0.6"}])
    FrequencyRuleFactory()
    often, silent = world.customer(), world.customer(email=False)
    for hours in range(4):
        for customer in (often, silent, None):
            world.interaction(customer, ended_at=MONDAY - hours * HOUR)
    simulated = asking.simulate(program=world.program, at=MONDAY)

    decided = decide(world, MONDAY)

    assert simulated.total() == decided.total() == SendDecision.objects.count() == 12
    assert simulated == decided


def test_a_simulation_takes_other_rules():
    world = AskingWorld()
    customer = world.customer()
    for day in range(4):
        world.interaction(customer, ended_at=MONDAY - day * DAY)
    twice = FrequencyRule(max_sends=2, window_seconds=30 * DAY.total_seconds())

    free = asking.simulate(program=world.program, at=MONDAY)
    bound = asking.simulate(program=world.program, at=MONDAY, rules=[twice])

    assert free == {"invited": 4}
    assert bound == {"invited": 2, "blocked": 2}


def test_a_simulation_reads_no_customer_twice(django_assert_max_num_queries, monkeypatch):
    world = AskingWorld()
    customers = [world.customer() for _ in range(3)]
    for hours in range(30):
        world.interaction(customers[hours % 3], ended_at=MONDAY - hours * HOUR)
    monkeypatch.setattr(asking, "BATCH", 3)
    hashed = []
    hash_of = suppressing.address_hashes
    monkeypatch.setattr(
        suppressing, "address_hashes", lambda address: [hashed.append(address), *hash_of(address)]
    )

    with django_assert_max_num_queries(8):
        found = asking.simulate(program=world.program, at=MONDAY)

    assert found.total() == 30
    assert len(hashed) == 3


def test_chosen_people_are_asked_through_their_own_programs_alone():
    world, asked = AskingWorld(), AskingWorld(trigger="api")
    by, customer = UserFactory(), asked.customer()

    with pytest.raises(Refused):
        asking.ask(program=world.program, customer=customer, key="1", at=MONDAY, by=by)
    first = asking.ask(program=asked.program, customer=customer, key="1", at=MONDAY, by=by)
    again = asking.ask(program=asked.program, customer=customer, key="1", at=MONDAY, by=by)

    assert first == again
    assert Invitation.objects.get().origin == "asked"


# --- Sending -------------------------------------------------------------------------------------


def queued(world=None, **customer):
    world = world or AskingWorld()
    world.interaction(world.customer(**customer))
    decide(world)
    Invitation.objects.filter(state="planned").update(state="queued")
    return Invitation.objects.get()


def send(invitation, purpose="first", at=MONDAY + HOUR):
    return sending.send_invitation(invitation_id=invitation.pk, purpose=purpose, at=at)


def test_due_invitations_are_taken_once():
    world = AskingWorld()
    world.interaction()
    decide(world)

    counts = [invitations.send_due(at=MONDAY + 2 * HOUR) for _ in range(2)]

    assert counts == [1, 0]
    run = JobRun.objects.get(job="feedback.send_invitation")
    assert run.args == {"invitation_id": Invitation.objects.get().pk, "purpose": "first"}


def test_a_mail_asks_with_one_link_for_each_value():
    invitation = queued()

    send(invitation)

    message = outbox.outbox[0]
    row = fresh(invitation)
    assert (row.state, row.disposition) == ("sent", "NC")
    assert row.expires_at == (MONDAY + 15 * DAY).replace(hour=0)
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.body.count("?r=") == 5
    assert "Hello Ada" in message.body
    token = message.body.split("/s/")[1].split("?")[0]
    assert InvitationToken.objects.get().token_hash != token
    assert token not in str(list(JobRun.objects.values())) + str(Invitation.objects.values().get())
    assert InvitationCredit.objects.get().weight == 1


def test_credit_is_shared_by_handled_time():
    world = AskingWorld(attribution="all_by_handled_seconds")
    row = world.interaction()
    LegFactory(interaction=row, position=2, answered_at=row.started_at, talk_seconds=100)
    decide(world)
    Invitation.objects.update(state="queued")

    send(Invitation.objects.get())

    weights = sorted(InvitationCredit.objects.values_list("weight", flat=True))
    assert weights == [Decimal("0.2500"), Decimal("0.7500")]
    assert Invitation.objects.get().team == world.team


def test_an_address_nobody_knows_ends_it_and_another_one_is_tried(monkeypatch):
    invitation = queued()
    other = ContactPointFactory(
        customer=invitation.customer, kind="email", value="second@mail.example"
    )

    class Refusing:
        def open(self): ...
        def close(self): ...
        def send_messages(self, messages):
            raise smtplib.SMTPRecipientsRefused({"x": (550, b"No such user")})

    monkeypatch.setattr("ops.mail.get_connection", lambda **options: Refusing())

    assert send(invitation) == ""
    row = fresh(invitation)
    assert (row.state, row.contact_point) == ("queued", other)
    assert Suppression.objects.get().reason == "bounce"
    assert not InvitationToken.objects.exists()


def test_a_text_message_goes_to_a_file(settings, tmp_path):
    settings.FEEDBACK_SMS_BACKEND = f"file://{tmp_path}/sms.jsonl"
    world = AskingWorld(channels=["sms"])
    customer = world.customer(email=False)
    ContactPointFactory(customer=customer, kind="phone", value="+12125550147")
    world.interaction(customer)
    decide(world)
    Invitation.objects.update(state="queued")

    send(Invitation.objects.get())

    line = (tmp_path / "sms.jsonl").read_text()
    assert "+12125550147" in line
    assert "/s/" in line


def test_reminders_carry_a_new_link_and_stop_in_time():
    world = AskingWorld(reminder_max=2, reminder_gap_days=2, valid_days=10)
    invitation = queued(world)
    send(invitation)
    sent = []
    for day in range(1, 31):
        at = MONDAY + HOUR + day * DAY
        for _ in range(invitations.remind_due(at=at)):
            send(invitation, "reminder", at)
            sent.append(day)

    assert sent == [2, 4]
    assert InvitationToken.objects.filter(revoked_at=None).count() == 3
    assert len(outbox.outbox) == 3


def test_nobody_who_answered_is_reminded():
    world = AskingWorld()
    invited(
        version=world.survey.published,
        program=world.program,
        state="answered",
        sent_at=timezone.now() - 5 * DAY,
    )

    assert invitations.remind_due(at=timezone.now()) == 0


def test_an_end_leaves_the_disposition_of_a_draft_alone():
    now = timezone.now()
    begun, _ = invited(sent_at=now - 15 * DAY, expires_at=now - HOUR)
    silent, _ = invited(sent_at=now - 15 * DAY, expires_at=now - HOUR)
    Draft.objects.create(invitation=begun, answers={"csat": {"value": 3}})

    assert invitations.expire_due(at=now) == 2
    assert (fresh(begun).disposition, fresh(silent).disposition) == ("P", "NC")
    assert not Draft.objects.exists()


def test_people_whom_a_program_drew_are_not_asked_again_by_hand():
    world = AskingWorld()
    drawn, _ = invited(version=world.survey.published, program=world.program)

    with pytest.raises(Refused):
        invitations.resend(invitation=drawn, by=UserFactory(), at=timezone.now(), reason="Please")


def test_sending_again_ends_earlier_links():
    invitation, token = invited()

    invitations.resend(
        invitation=invitation, by=UserFactory(), at=timezone.now(), reason="Lost the mail"
    )

    assert Respondent(token).open().status_code == 404
    with pytest.raises(NotOpen):
        invitations.resend(
            invitation=invitation, by=UserFactory(), at=timezone.now() + 20 * DAY, reason="Again."
        )


# --- Opting out ----------------------------------------------------------------------------------


def test_opting_out_needs_a_press_and_works_after_the_end(client):
    world = AskingWorld()
    customer = world.customer()
    invitation, _ = invited(
        customer=customer, contact_point=customer.contact_points.get(), state="expired"
    )
    from feedback.links import opt_out_link

    address = opt_out_link(invitation.pk).partition("/s/")[2]

    shown = client.get(f"/s/{address}")
    before = Suppression.objects.count()
    client.post(f"/s/{address}", {"List-Unsubscribe": "One-Click"})

    assert (shown.status_code, before) == (200, 0)
    assert Suppression.objects.get().topic == "surveys"


# --- A real mail server --------------------------------------------------------------------------


class MailServer(threading.Thread):
    """A mail server of a few lines, which takes messages or refuses as it is told."""

    def __init__(self, refuse=False):
        import socket

        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.refuse, self.messages = self.socket.getsockname()[1], refuse, []

    def run(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            with line, line.makefile("rwb", buffering=0) as talk:
                self.talk(talk)

    def talk(self, talk):
        talk.write(b"220 ready\r\n")
        for raw in talk:
            word = raw.strip().upper()
            if word.startswith(b"RCPT") and self.refuse:
                talk.write(b"550 no such user\r\n")
            elif word == b"DATA":
                talk.write(b"354 go on\r\n")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += talk.readline()
                self.messages.append(body)
                talk.write(b"250 taken\r\n")
            elif word == b"QUIT":
                talk.write(b"221 bye\r\n")
                return
            else:
                talk.write(b"250 fine\r\n")


@pytest.fixture
def mail_server(settings):
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.socket.close()


def test_a_real_mail_leads_a_person_to_one_response(mail_server):
    import email
    from email import policy

    invitation = queued()
    send(invitation, at=timezone.now() - HOUR)

    message = email.message_from_bytes(mail_server.messages[0], policy=policy.SMTP)
    text = message.get_body(("plain",)).get_content()
    token = text.split("/s/")[1].split("?")[0]
    person = Respondent(token)
    thanks = person.send(person.open("?r=5"), csat="5")

    assert message["List-Unsubscribe"].strip().startswith("<http")
    assert thanks.status_code == 200
    assert fresh(invitation).state == "answered"


def test_a_real_refusal_is_a_bounce(mail_server):
    mail_server.refuse = True
    invitation = queued()

    assert send(invitation) == ""
    assert fresh(invitation).state == "bounced"
