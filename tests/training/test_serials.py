"""The vectors of docs/algorithms/serials.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import serials

PAYLOADS = st.text(alphabet=serials.ALPHABET, min_size=12, max_size=12)


@pytest.mark.parametrize(
    ("payload", "symbol"),
    [("7K3QW9ZD0MAB", "G"), ("4G8N2TXR5VCJ", "P"), ("123456789ABC", "8")],
)
def test_check_symbols(payload, symbol):
    assert serials.check_symbol(payload) == symbol


def test_serials_are_read_as_people_type_them():
    assert serials.shown("7K3QW9ZD0MAB") == "ATT-7K3Q-W9ZD-0MAB-G"
    assert serials.read("att 7k3q-w9zd-omab g") == "7K3QW9ZD0MAB"
    for wrong in ("", "ATT-7K3Q-W9ZD-0MAB-H", "ATT-7K3Q-W9ZD-0MAB", "ATT-7K3Q-W9ZD-0M?B-G"):
        with pytest.raises(serials.BadSerial, match="typing error"):
            serials.read(wrong)


@given(PAYLOADS, st.integers(0, 11), st.sampled_from(serials.ALPHABET))
def test_one_wrong_symbol_is_always_found(payload, place, symbol):
    changed = payload[:place] + symbol + payload[place + 1 :]

    same = serials.check_symbol(changed) == serials.check_symbol(payload)
    assert same == (changed == payload)


def test_new_serials_are_of_their_kind():
    assert serials.read(serials.shown(serials.new_payload()))
