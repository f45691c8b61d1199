"""Small rules of the platform: cluster, buckets, addresses, contrast, tokens."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import addresses, buckets, cluster, contrast, tokens

TRUSTED = ["10.0.0.0/8"]


@pytest.mark.parametrize(
    ("workers", "queue_limit", "timeout", "seconds"),
    [(2, 2, 60, 181), (2, 4, 10, 41), (4, 16, 30, 181), (2, 2, 6, 19), (1, 1, 900, 2701)],
)
def test_min_retry_matches_worked_examples(workers, queue_limit, timeout, seconds):
    assert cluster.min_retry(workers, queue_limit, timeout) == seconds


def test_min_retry_refuses_an_empty_cluster():
    with pytest.raises(ValueError):
        cluster.min_retry(0, 2, 60)


THIRD, SIXTH = Fraction(1, 3), Fraction(1, 6)


@pytest.mark.parametrize(
    ("arguments", "taken"),
    [
        ((20, 20, THIRD, 0), (True, 19, 0)),
        ((0, 20, THIRD, 0), (False, 0, 3)),
        ((0, 20, THIRD, 3), (True, 0, 0)),
        ((0, 20, THIRD, 60), (True, 19, 0)),
        ((5, 10, SIXTH, -100), (True, 4, 0)),
        ((3, 10, SIXTH, 0, 5), (False, 3, 12)),
    ],
)
def test_take_matches_worked_examples(arguments, taken):
    assert buckets.take(*arguments) == taken


def test_bucket_that_can_never_give_is_refused():
    with pytest.raises(ValueError):
        buckets.take(0, 5, SIXTH, 0, 6)
    with pytest.raises(ValueError):
        buckets.take(0, 5, 0, 0)


@given(st.integers(0, 30), st.integers(1, 100), st.integers(0, 1000), st.integers(1, 20))
def test_waiting_as_told_is_enough_and_one_second_less_is_not(level, divisor, elapsed, cost):
    per_second = Fraction(1, divisor)
    taken = buckets.take(level, 30, per_second, elapsed, cost)

    assert 0 <= taken.level <= 30
    if not taken.is_allowed:
        wait = taken.retry_after_seconds
        assert buckets.take(taken.level, 30, per_second, wait, cost).is_allowed
        assert not buckets.take(taken.level, 30, per_second, wait - 1, cost).is_allowed


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("203.0.113.9", "1.1.1.1", "203.0.113.9"),
        ("10.0.0.5", "1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.5", "1.1.1.1, 198.51.100.7, 10.0.0.9", "198.51.100.7"),
        ("10.0.0.5", "evil, 10.0.0.9", "10.0.0.9"),
        ("10.0.0.5", "[2001:db8::7]:443", "2001:db8::7"),
        ("10.0.0.5", "10.0.0.7, 10.0.0.9", "10.0.0.7"),
        ("10.0.0.5", "", "10.0.0.5"),
        ("::ffff:10.0.0.5", "198.51.100.7:5123", "198.51.100.7"),
        ("", "1.1.1.1", ""),
    ],
)
def test_client_address_matches_worked_examples(remote, forwarded, client):
    assert addresses.client_address(remote, forwarded, TRUSTED) == client


def test_neighbors_count_as_one_network():
    assert addresses.network_of("198.51.100.7") == "198.51.100.0/24"
    assert addresses.network_of("2001:db8::7") == "2001:db8::/64"
    assert addresses.network_of("") == ""


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "0.0.0.0",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "198.18.0.1",
        "192.0.2.1",
        "203.0.113.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2002:808:808::1",
        "2001:0:808::1",
        "::8.8.8.8",
        "::ffff:8.8.8.8",
        "64:ff9b:1::808:808",
        "0x7f.1",
        "localhost",
    ],
)
def test_special_addresses_are_not_public(ip):
    assert not addresses.is_public(ip)


@pytest.mark.parametrize("ip", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:4860:4860::8888"])
def test_ordinary_addresses_are_public(ip):
    assert addresses.is_public(ip)


@pytest.mark.parametrize(
    ("a", "b", "ratio"),
    [("#777777", "#ffffff", 4.4781), ("#0066cc", "#fff", 5.5666), ("#000", "#ffffff", 21)],
)
def test_contrast_matches_worked_examples(a, b, ratio):
    assert contrast.ratio(a, b) == pytest.approx(ratio, abs=5e-5)
    assert contrast.ratio(b, a) == contrast.ratio(a, b)


def test_contrast_refuses_what_is_no_color():
    with pytest.raises(ValueError):
        contrast.ratio("red", "#fff")


def test_digest_of_a_token_matches_worked_example():
    expected = "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a"

    assert tokens.digest("A" * 43) == expected


def test_tokens_are_long_url_safe_and_all_different():
    minted = {tokens.mint() for _ in range(1000)}

    assert len(minted) == 1000
    assert all(tokens.is_token(token) for token in minted)


@pytest.mark.parametrize("text", ["", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 43 + "\n", "12"])
def test_other_text_is_no_token(text):
    assert not tokens.is_token(text)
