"""Zip archives of strangers: every way in that must stay shut."""

import io
import resource
import struct
import zipfile

import pytest

from tests.training.packages import PAGE, device, link, package, special, zipped
from training import scorm_archive
from training.scorm_archive import MB, Limits, members, opened, read_member, unpack
from training.scorm_findings import BadPackage

SMALL = Limits(upload=MB, files=20, total=4 * MB, file=3 * MB, ratio=100)


def code(data, tmp_path, limits=SMALL):
    """The code that unpacking ends with; "" if it is fine."""
    folder = tmp_path / "package"
    folder.mkdir()
    try:
        with opened(io.BytesIO(data), limits) as archive:
            for _step in unpack(archive, members(archive, limits), folder, limits):
                pass
    except BadPackage as refusal:
        assert [path for path in tmp_path.iterdir() if path != folder] == []
        return refusal.code
    return ""


def flagged(data, flag):
    """The same archive with a bit of its flags set, in every header."""
    out = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = out.find(mark)
        while at >= 0:
            out[at + place] |= flag
            at = out.find(mark, at + 4)
    return bytes(out)


def claiming(data, size):
    """The same archive whose headers claim another size of its content."""
    out = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = out.find(mark)
        while at >= 0:
            struct.pack_into("<L", out, at + place, size)
            at = out.find(mark, at + 4)
    return bytes(out)


def test_a_good_package_is_unpacked_under_folded_names(tmp_path):
    data = package(files={"Shared/Größe.JS": b"1", "Shared/": b""})

    assert code(data, tmp_path) == ""
    assert (tmp_path / "package" / "shared" / "grösse.js").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../evil.html", "traversal"),
        ("a/../../evil.html", "traversal"),
        ("/etc/passwd", "traversal"),
        ("C:/evil.html", "traversal"),
        ("c:evil.html", "traversal"),
        ("a\\..\\evil.html", "traversal"),
        ("con", "bad_name"),
        ("a/NUL.html", "bad_name"),
        ("lpt1.txt", "bad_name"),
        ("a./b", "bad_name"),
        ("a /b", "bad_name"),
        ("a//b", "bad_name"),
        ("./b", "bad_name"),
        ("a\x01b", "bad_name"),
        ("a\x7fb", "bad_name"),
        ("x" * 241, "name_too_long"),
        ("ß" * 130, "name_too_long"),
        ("/".join("a" * 21), "name_too_long"),
    ],
)
def test_names_that_lead_elsewhere_or_nowhere_are_refused(name, expected, tmp_path):
    assert code(zipped([(name, b"x")]), tmp_path) == expected


def test_a_name_with_a_nul_is_refused(tmp_path):
    data = zipped({"aXb": b"x"}).replace(b"aXb", b"a\x00b")

    assert code(data, tmp_path) == "bad_name"


@pytest.mark.parametrize("member", [link("index.html"), device("index.html")])
def test_links_and_devices_are_refused(member, tmp_path):
    assert code(zipped([(member, b"/etc/passwd")]), tmp_path) == "link_member"


def test_a_pipe_is_refused(tmp_path):
    assert code(zipped([(special("a", 0o010000), b"")]), tmp_path) == "link_member"


@pytest.mark.parametrize(
    "names",
    [
        ["a.html", "A.HTML"],
        ["é.html", "e\u0301.html"],
        ["straße", "STRASSE"],
        ["a", "a/b"],
        ["a/b", "a"],
        ["x/a/b", "X/A"],
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_are_one_on_some_system_are_refused(names, tmp_path):
    assert code(zipped([(name, b"x") for name in names]), tmp_path) == "duplicate_name"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused(tmp_path):
    assert code(zipped([("a", b"x"), ("a", b"y")]), tmp_path) == "duplicate_name"


def test_names_in_utf_8_without_the_mark_are_read(tmp_path):
    data = flagged(zipped({"größe.html": b"x"}), 0)
    unmarked = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        unmarked[unmarked.find(mark) + place] &= ~0x08

    assert code(bytes(unmarked), tmp_path) == ""
    assert (tmp_path / "package" / "grösse.html").is_file()


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x05\x06", PAGE * 100])
def test_what_is_no_zip_is_refused(data, tmp_path):
    assert code(data, tmp_path) == "not_zip"


def test_a_cut_zip_is_refused(tmp_path):
    assert code(package()[:-30], tmp_path) == "not_zip"


def test_a_damaged_member_is_refused(tmp_path):
    data = bytearray(zipped({"a": b"0123456789" * 20}, method=zipfile.ZIP_STORED))
    data[60] ^= 1

    assert code(bytes(data), tmp_path) == "damaged"


def test_a_locked_member_is_refused(tmp_path):
    assert code(flagged(package(), 0x1), tmp_path) == "encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_could_burst_in_memory_are_refused(method, tmp_path):
    assert code(zipped({"a": b"x" * 100}, method=method), tmp_path) == "bad_method"


# --- Sizes ---------------------------------------------------------------------------------------


def test_a_dense_member_is_refused_as_it_bursts(tmp_path):
    data = zipped({"bomb": b"0" * (2 * MB)})

    assert len(data) < 5000
    assert code(data, tmp_path) == "ratio"
    written = sum(path.stat().st_size for path in (tmp_path / "package").iterdir())
    assert written <= MB + scorm_archive.CHUNK_BYTES


def test_many_dense_members_are_refused_together(tmp_path):
    data = zipped({f"bomb{n}": b"0" * (MB - 1) for n in range(10)})

    assert code(data, tmp_path) == "ratio"


@pytest.mark.parametrize("claim", [0, 10, 2**32 - 2])
def test_headers_that_lie_about_the_size_change_nothing(claim, tmp_path):
    data = claiming(zipped({"bomb": b"0" * (2 * MB)}), claim)

    assert code(data, tmp_path) == "ratio"


def test_a_large_member_and_a_large_package_are_refused(tmp_path):
    noise = bytes(range(256)) * 4096 * 3 + b"x"
    limits = Limits(upload=8 * MB, files=20, total=4 * MB, file=3 * MB, ratio=10_000)
    large = zipped({"a": noise}, method=zipfile.ZIP_STORED)
    assert code(large, tmp_path, limits) == "too_large"

    (tmp_path / "package").rename(tmp_path.parent / f"{tmp_path.name}-before")
    together = zipped({"a": noise[: 2 * MB], "b": noise[: 2 * MB], "c": b"x"}, method=0)
    assert code(together, tmp_path, limits) == "too_large"


def test_a_large_upload_is_refused_before_it_is_read():
    with pytest.raises(BadPackage) as caught:
        opened(io.BytesIO(b"x" * (MB + 1)), SMALL)
    assert caught.value.code == "too_large"


def test_too_many_files_are_refused(tmp_path):
    assert code(zipped({f"{n}": b"" for n in range(21)}), tmp_path) == "too_many_files"


def test_a_directory_larger_than_any_package_needs_is_not_read(monkeypatch):
    monkeypatch.setattr(scorm_archive, "LARGEST_DIRECTORY", 1000)
    data = zipped({f"file-number-{n}": b"" for n in range(50)})

    with pytest.raises(BadPackage) as caught:
        opened(io.BytesIO(data))
    assert caught.value.code == "too_many_files"


def test_the_memory_of_a_bomb_stays_small(tmp_path):
    data = zipped({"bomb": b"0" * (64 * MB)})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limits = Limits(ratio=10_000)

    assert code(data, tmp_path, limits) == ""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024


def test_no_more_of_a_member_is_read_than_asked_for():
    with opened(io.BytesIO(zipped({"a": b"0" * 10_000}))) as archive:
        found = members(archive)[0]

        assert len(read_member(archive, found, 100)) == 101
