"""Manifests: what is read of them, and the code and line of each way to be broken."""

from decimal import Decimal

import pytest

from tests.training.packages import item, manifest
from training.scorm_findings import BadPackage
from training.scorm_manifest import parse, place_of

NAMES = {name.lower(): name for name in ("imsmanifest.xml", "index.html", "B/Two.html")}


def refusal(text, names=NAMES):
    with pytest.raises(BadPackage) as caught:
        parse(text if isinstance(text, bytes) else text.encode(), names)
    return caught.value.findings[0]


@pytest.mark.parametrize("edition", ["1.2", "2004_2", "2004_3", "2004_4"])
def test_editions_are_told_by_the_schema_version(edition):
    found = parse(manifest(edition).encode(), NAMES)

    assert (found.edition, found.title, found.findings) == (edition, "Golf", [])
    assert [(one.identifier, one.href, one.scorm_type) for one in found.items] == [
        ("item_1", "index.html", "sco")
    ]


def test_editions_are_told_by_namespaces_else():
    assert parse(manifest(version="").encode(), NAMES).edition == "1.2"
    text = manifest("2004_3", version="").encode()
    assert parse(text, NAMES).edition == "2004_3"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (manifest(version="9", spaces='xmlns:adlcp="urn:x"'), "edition_unknown"),
        (manifest(default="other"), "bad_default"),
        (manifest().replace("organization", "thing"), "no_organization"),
        (manifest(items=[]), "nothing_to_launch"),
        (manifest(items=[(item()[0], "")]), "missing_resource"),
        (manifest(items=[item(href="absent.html")]), "missing_file"),
        (manifest(items=[item(href="../index.html")]), "missing_file"),
        (manifest(items=[item(href="https://evil.example/x")]), "external_href"),
        (manifest(items=[item(href="//evil.example/x")]), "external_href"),
        (manifest(items=[item(href="javascript:alert(1)")]), "external_href"),
        ("<manifest>", "xml_invalid"),
        ("<html/>", "xml_invalid"),
        ("<a>" * 60 + "</a>" * 60, "xml_invalid"),
        (b"\x00\x01", "xml_invalid"),
        (b'<?xml version="1.0" encoding="x-klingon"?><manifest/>', "xml_invalid"),
    ],
)
def test_broken_manifests_are_refused_with_their_code(text, code):
    assert refusal(text).code == code


def test_a_fault_has_its_file_and_line():
    found = refusal(manifest().replace("</metadata>", "</meta>"))

    assert (found.code, found.file, found.line) == ("xml_invalid", "imsmanifest.xml", 3)
    missing = refusal(manifest(items=[item(href="absent.html")]))
    assert (missing.line, "absent.html" in missing.sentence) == (5, True)


def test_every_missing_file_is_named_at_once():
    text = manifest(items=[item(1, href="a.html"), item(2), (item(3)[0], "")])
    with pytest.raises(BadPackage) as caught:
        parse(text.encode(), NAMES)

    assert [one.code for one in caught.value.findings] == ["missing_file", "missing_resource"]


def test_listed_files_that_are_missing_are_noted():
    one, resource = item()
    listed = resource.replace("/>", '><file href="index.html"/><file href="b/gone.js"/></resource>')
    found = parse(manifest(items=[(one, listed)]).encode(), NAMES)

    assert [(note.code, note.is_error) for note in found.findings] == [("missing_file", False)]
    assert "b/gone.js" in found.findings[0].sentence


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE manifest [<!ENTITY canary SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE manifest SYSTEM "http://evil.example/canary.dtd">',
        '<!DOCTYPE manifest [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        "<!DOCTYPE manifest>",
    ],
)
def test_entities_and_document_types_are_refused_unread(head):
    found = refusal(manifest(head=head, title="&canary;" if "canary" in head else "Golf"))

    assert found.code == "entities_refused"
    assert "root:" not in found.sentence


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["golf/imsmanifest.xml", "golf/index.html"], "manifest_nested"),
        (["index.html"], "no_manifest"),
        (["cmi5.xml"], "other_standard"),
        (["tincan.xml"], "other_standard"),
        (["course.au", "course.crs"], "other_standard"),
        (["a/b/imsmanifest.xml"], "no_manifest"),
    ],
)
def test_archives_without_a_manifest_say_what_they_are(names, code):
    with pytest.raises(BadPackage) as caught:
        place_of({name: name for name in names})
    assert caught.value.code == code
    if code == "manifest_nested":
        assert "not the folder golf/" in str(caught.value)


def test_the_manifest_is_found_whatever_its_case():
    assert place_of({"imsmanifest.xml": "IMSManifest.XML"}) == "imsmanifest.xml"


def test_addresses_are_read_as_a_browser_would():
    names = {**NAMES, "a b/ü.html": "a b/ü.html"}
    pairs = [item(1, href="a%20b/%C3%BC.html?x=1#top"), item(2, href="b/two.html")]
    found = parse(manifest(items=pairs).encode(), names)

    assert [one.href for one in found.items] == ["a%20b/%C3%BC.html?x=1#top", "B/Two.html"]
    assert [one.code for one in found.findings] == ["case_differs"]


def test_parameters_of_an_item_join_the_query():
    one, resource = item(href="index.html?a=1")
    text = manifest(items=[(one.replace("<item ", '<item parameters="?b=2" '), resource)])

    assert parse(text.encode(), NAMES).items[0].href == "index.html?a=1&b=2"


def test_bases_lead_to_the_file():
    one, resource = item(href="two.html")
    text = manifest(items=[(one, resource.replace("<resource ", '<resource xml:base="B/" '))])

    assert parse(text.encode(), NAMES).items[0].href == "B/Two.html"


def test_demands_of_1_2_are_read():
    inside = (
        "<adlcp:masteryscore>80</adlcp:masteryscore><adlcp:datafromlms>a=1</adlcp:datafromlms>"
        "<adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>"
    )
    found = parse(manifest(items=[item(inside=inside)]).encode(), NAMES).items[0]

    assert (found.mastery_score, found.launch_data) == (Decimal(80), "a=1")
    assert found.max_time_allowed == "00:30:00"


def test_demands_of_2004_are_read():
    inside = (
        '<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.6"/>'
        "<imsss:sequencing><imsss:objectives>"
        '<imsss:primaryObjective objectiveID="main" satisfiedByMeasure="true">'
        "<imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure></imsss:primaryObjective>"
        '<imsss:objective objectiveID="side"/></imsss:objectives></imsss:sequencing>'
    )
    found = parse(manifest("2004_4", [item(inside=inside)]).encode(), NAMES).items[0]

    assert (found.scaled_passing_score, found.completion_threshold) == (
        Decimal("0.8"),
        Decimal("0.6"),
    )
    assert found.objectives == ("main", "side")


def test_demands_out_of_range_are_left_out_with_a_note():
    inside = "<adlcp:masteryscore>800</adlcp:masteryscore>"
    found = parse(manifest(items=[item(inside=inside)]).encode(), NAMES)

    assert found.items[0].mastery_score is None
    assert [one.code for one in found.findings] == ["bad_number"]


def test_rules_that_are_not_followed_are_named():
    inside = "<imsss:sequencing><imsss:sequencingRules/></imsss:sequencing>"
    found = parse(manifest("2004_3", [item(inside=inside)]).encode(), NAMES)

    assert [(one.code, one.is_error) for one in found.findings] == [("not_applied", False)]
    assert "sequencing rules" in found.findings[0].sentence


def test_items_with_one_identifier_are_told_apart():
    found = parse(manifest(items=[item(1), (item(1)[0], "")]).encode(), NAMES)

    assert len({one.identifier for one in found.items}) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_manifests_are_read_in_their_encoding(encoding):
    text = manifest(title="Größe").replace("utf-8", encoding)

    assert parse(text.encode(encoding), NAMES).title == "Größe"
