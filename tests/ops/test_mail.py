"""Mail by jobs: rendered in the worker, sent at most once."""

import socketserver
import threading

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from ops import jobs, mail
from ops.models import Delivery, DeliveryState, JobRun, JobState
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def greeting(monkeypatch):
    monkeypatch.setattr(mail, "_letters", {})
    mail.register("greeting", lambda number: EmailMessage(f"Hello {number}", to=["a@example.com"]))


class Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as one message needs; `script` tells where it breaks the line."""

    def handle(self):
        self.say(220)
        in_data = False
        for line in self.rfile:
            word = line.strip().upper()
            if in_data:
                if word == b".":
                    if self.server.script == "full":
                        self.say(452)
                        in_data = False
                        continue
                    self.server.received.append("message")
                    if self.server.script == "cut":
                        return
                    in_data = False
                    self.say(250)
            elif word == b"DATA":
                in_data = True
                self.say(354)
            elif word.startswith(b"RCPT") and self.server.script.isdigit():
                self.say(int(self.server.script))
            elif word == b"QUIT":
                self.say(221)
                return
            else:
                self.say(250)

    def say(self, code):
        self.wfile.write(b"%d ok\r\n" % code)


@pytest.fixture
def smtp(settings):
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = True
        script = ""
        received: list[str] = []

    with Server(("127.0.0.1", 0), Smtp) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        yield server
        server.shutdown()


def run_again(run):
    JobRun.objects.filter(pk=run.pk).update(available_at=timezone.now())
    jobs.run(str(run.pk))
    run.refresh_from_db()


def test_a_mail_is_rendered_and_sent_by_the_worker(mailoutbox):
    run = mail.send("greeting", key="7", number=7)

    run_waiting_jobs()

    delivery = Delivery.objects.get()
    assert [message.subject for message in mailoutbox] == ["Hello 7"]
    assert (delivery.kind, delivery.key) == ("mail", "greeting:7")
    assert delivery.reference == mailoutbox[0].extra_headers["Message-ID"]
    assert run.args == {"letter": "greeting", "number": 7}


def test_the_same_key_sends_one_mail(mailoutbox):
    for _ in range(2):
        mail.send("greeting", key="7", number=7)

    run_waiting_jobs()

    assert len(mailoutbox) == 1


def test_a_letter_that_nobody_registered_is_refused():
    with pytest.raises(KeyError, match="farewell"):
        mail.send("farewell", key="7")


def test_a_letter_may_have_nothing_to_say_any_more(mailoutbox):
    mail.register("greeting", lambda number: None)
    mail.send("greeting", key="7", number=7)

    (run,) = run_waiting_jobs()

    assert (mailoutbox, run.state) == ([], JobState.DONE)


def test_a_letter_that_cannot_be_made_is_tried_again(mailoutbox):
    mail.register("greeting", lambda number: 1 / 0)
    run = mail.send("greeting", key="7", number=7)
    run_again(run)
    mail.register("greeting", lambda number: EmailMessage("Hello", to=["a@example.com"]))

    run_again(run)

    assert (len(mailoutbox), run.state) == (1, JobState.DONE)


def test_a_line_cut_after_the_data_sends_to_nobody_twice(smtp):
    smtp.script = "cut"
    run = mail.send("greeting", key="7", number=7)
    run_again(run)
    smtp.script = ""

    run_again(run)

    assert smtp.received == ["message"]
    assert Delivery.objects.get().state == DeliveryState.UNCLEAR


@pytest.mark.parametrize("answer", ["450", "550", "full"])
def test_a_refused_mail_is_tried_again(smtp, answer):
    smtp.script = answer
    run = mail.send("greeting", key="7", number=7)
    run_again(run)
    refused = (run.error_class, Delivery.objects.get().state)
    smtp.script = ""

    run_again(run)

    assert refused == ("Unsent", DeliveryState.FAILED)
    assert (smtp.received, run.state) == (["message"], JobState.DONE)


def test_a_mail_server_that_is_down_is_tried_again(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    run = mail.send("greeting", key="7", number=7)

    run_again(run)

    assert (run.state, Delivery.objects.get().state) == (JobState.WAITING, DeliveryState.FAILED)
