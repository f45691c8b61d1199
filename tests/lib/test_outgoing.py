"""We connect to addresses that we checked, and wait no longer than we said."""

import ssl
import time

import pytest

from bench.chaos.receiver import listening
from lib.outgoing import BadUrl, ClosedAddress, NoAnswer, check_url, fetch

LOCAL = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
def receiver(tmp_path):
    with listening(tmp_path) as one:
        one.context = ssl.create_default_context(cafile=one.certificate)
        yield one


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "https://",
        "https://user:pass@hooks.example/",
        "https://hooks.example:8443/",
        "https://hooks.example:99999/",
        "https://hooks example/",
        "https://höoks.example/",
        "hooks.example",
        "https://[::1",
    ],
)
def test_unusable_address_is_told(url):
    with pytest.raises(BadUrl) as refused:
        check_url(url)

    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://[fe80::1]/",
        "https://[64:ff9b::7f00:1]/",
    ],
)
def test_closed_address_is_refused_before_a_connection(url, receiver):
    with pytest.raises((ClosedAddress, NoAnswer)):
        fetch(url)

    assert receiver.got == []


def test_listed_network_is_reached_with_the_name_of_the_host(receiver):
    answer = fetch(receiver.url, networks=LOCAL, context=receiver.context)

    assert (answer.status, answer.body) == (200, b"thanks")
    assert receiver.got[0][0]["host"] == f"localhost:{receiver.port}"


def test_unlisted_network_stays_closed_beside_a_listed_one(receiver):
    with pytest.raises(ClosedAddress):
        fetch(receiver.url, networks=["10.0.0.0/8"], context=receiver.context)

    assert receiver.got == []


def test_redirect_is_an_answer_and_not_followed(receiver):
    receiver.answers = [(302, {"Location": "https://169.254.169.254/"}, b"")]

    answer = fetch(receiver.url, networks=LOCAL, context=receiver.context)

    assert (answer.status, len(receiver.got)) == (302, 1)


def test_only_the_beginning_of_a_long_answer_is_read(receiver):
    receiver.answers = [(200, {}, b"x" * 5000)]

    assert len(fetch(receiver.url, networks=LOCAL, context=receiver.context).body) == 500


def test_answer_that_drips_is_cut(receiver):
    receiver.answers, receiver.drip_seconds = [(200, {}, b"x" * 400)], 0.05
    began = time.monotonic()

    with pytest.raises(NoAnswer):
        fetch(
            receiver.url,
            networks=LOCAL,
            context=receiver.context,
            patience=0.4,
            most_bytes=10_000,
        )

    assert time.monotonic() - began < 3


def test_unknown_certificate_is_no_answer(receiver):
    with pytest.raises(NoAnswer):
        fetch(receiver.url, networks=LOCAL)

    assert receiver.got == []
