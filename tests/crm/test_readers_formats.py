import json
from io import BytesIO

import pytest

from crm.readers import formats
from crm.readers.base import ReaderOptions, UnreadableFile

CARD = "4111 1111 1111 1111"
SPOKEN = "four one one one one one one one one one one one one one one one"


def read(name, content, **options):
    return list(formats.read(name, BytesIO(content.encode()), ReaderOptions(**options)))


def test_no_card_number_leaves_a_reader():
    call = {
        "external_id": "a-1",
        "started_at": "2026-03-16T09:00:00Z",
        "subject": f"Card {CARD}",
        "turns": [{"speaker": "customer", "text": f"it is {SPOKEN}"}],
        "custom": {"note": {"deep": [CARD, 4111111111111111]}, "calls": 3},
        "customer": {"name": "Anna", "custom": {"card": CARD}},
    }

    [found] = read("attune_json", json.dumps(call))

    assert found.subject == "Card [card ••••1111]"
    assert found.turns[0].text == "it is [card ••••1111]"
    assert found.custom == {
        "note": {"deep": ["[card ••••1111]", "[card ••••1111]"]},
        "calls": 3,
    }
    assert found.customer.custom == {"card": "[card ••••1111]"}
    assert (found.cards_removed, "card_removed" in found.flags) == (4, True)


def test_no_card_number_leaves_a_reader_in_an_error():
    mapping = {"columns": {"id": "external_id", "at": "started_at"}}

    [wrong_date] = read("delimited", f"id,at,note\n1,{CARD},{CARD}\n", mapping=mapping)
    [broken_line] = read("attune_json", f'{{"note": "{CARD}", oops}}')

    assert wrong_date.cells == ["1", "[card ••••1111]", "[card ••••1111]"]
    assert CARD not in wrong_date.message
    assert broken_line.raw == '{"note": "[card ••••1111]", oops}'


def test_a_file_over_the_limit_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(formats, "LIMITS", formats.LIMITS.__class__(file_bytes=1_000_000))

    with pytest.raises(UnreadableFile, match="The file is larger than 1 MB"):
        read("attune_json", " " * 1_000_001)


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(formats.UnknownFormat, match="Choose one of abcd, amazon_connect"):
        read("carrier_pigeon", "")


@pytest.mark.parametrize("name", sorted(formats.FORMATS))
def test_every_format_refuses_an_empty_file(name):
    with pytest.raises(UnreadableFile, match="The file is empty"):
        read(name, "")


@pytest.mark.parametrize("name", sorted(formats.FORMATS))
def test_every_format_refuses_nul(name):
    with pytest.raises(UnreadableFile, match="NUL"):
        read(name, "a|b\0|c\n")


@pytest.mark.parametrize("name", sorted(formats.FORMATS))
def test_every_format_refuses_bytes_that_are_no_text(name):
    with pytest.raises(UnreadableFile, match="UTF-8"):
        list(formats.read(name, BytesIO(b"a|b\xfc|c\n"), ReaderOptions()))
