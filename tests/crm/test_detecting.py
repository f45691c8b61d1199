import json
from io import BytesIO

import pytest

from crm.importing.detecting import detect
from crm.readers.formats import FORMATS
from tests.crm.test_readers_amazon_connect import CONTACT
from tests.crm.test_readers_anonymous_bank import ROW
from tests.crm.test_readers_asterisk_cdr import ANSWERED
from tests.crm.test_readers_attune_json import CALL, document
from tests.crm.test_readers_queue_log import EXAMPLE
from tests.crm.test_readers_transcripts import LENS, SRT, VTT
from tests.crm.test_readers_vcon import VCON
from tests.real.real_data import real_file


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (document(CALL), "attune_json"),
        (json.dumps(CALL), "attune_json"),
        (json.dumps([CONTACT]), "amazon_connect"),
        (json.dumps(LENS), "contact_lens"),
        (json.dumps(VCON), "vcon"),
        ('{"payload": "x", "signatures": []}', "vcon"),
        ("\t".join(ROW), "anonymous_bank"),
        (ANSWERED, "asterisk_cdr"),
        (EXAMPLE, "queue_log"),
        (VTT, "subtitles"),
        (SRT, "subtitles"),
        ("id;started_at\n1;2026-03-16", "delimited"),
        ('{"something": "else"}', "attune_json"),
        ("just words", "delimited"),
        ("", "delimited"),
    ],
)
def test_detect_knows_a_format_by_its_content(text, name):
    assert detect(BytesIO(text.encode())) == name
    assert name in FORMATS


def test_detect_reads_utf_16_and_workbooks():
    assert detect(BytesIO(document(CALL).encode("utf-16"))) == "attune_json"
    assert detect(BytesIO(b"PK\x03\x04rest")) == "delimited"


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("harper_valley/0002f70f7386445b.json", "harper_valley"),
        ("anonymous_bank/february_1999.tsv", "anonymous_bank"),
        ("abcd/abcd_sample.json", "abcd"),
    ],
)
def test_detect_knows_the_real_files(path, name):
    with real_file(path).open("rb") as file:
        assert detect(file) == name
