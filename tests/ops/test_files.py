"""Stored files on disk: durable, under random paths, cleaned names, swept when stray."""

import hashlib
import io
import os
import shutil
import time
from collections import namedtuple

import pytest
from django.db import transaction

from ops import files
from ops.files import NoSpace, clean_name, open_file, store
from ops.models import StoredFile
from ops.stray_files import sweep

Usage = namedtuple("Usage", "total used free")
GB = 1024**3


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def stored_on_disk(media):
    return [path for path in media.rglob("*") if path.is_file()]


def content(stored):
    with open_file(stored) as file:
        return file.read()


def make(content=b"hello", name="notes.txt"):
    return store(content, name=name, media_type="text/plain", kind="note", by_id=7)


@pytest.mark.django_db
def test_store_keeps_the_bytes_and_what_they_are(media):
    stored = make(b"hello")

    assert content(stored) == b"hello"
    assert (stored.name, stored.media_type, stored.bytes) == ("notes.txt", "text/plain", 5)
    assert stored.sha256 == hashlib.sha256(b"hello").hexdigest()
    assert (stored.kind, stored.created_by_id) == ("note", 7)
    assert len(stored_on_disk(media)) == 1


@pytest.mark.django_db
def test_store_reads_any_file_in_chunks(monkeypatch):
    monkeypatch.setattr(files, "CHUNK_BYTES", 3)

    stored = make(io.BytesIO(b"0123456789"))

    assert (stored.bytes, content(stored)) == (10, b"0123456789")


@pytest.mark.django_db
def test_two_files_of_one_name_lie_apart():
    assert make().path != make().path


@pytest.mark.django_db
def test_store_leaves_nothing_behind_when_reading_fails(media):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        make(Broken())

    assert stored_on_disk(media) == []
    assert not StoredFile.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("free", [int(0.04 * 100 * GB), 499 * 1024 * 1024])
def test_store_refuses_on_a_nearly_full_disk(monkeypatch, media, free):
    total = 100 * GB if free > GB else GB
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(total, total - free, free))

    with pytest.raises(NoSpace, match="too little disk space"):
        make()

    assert stored_on_disk(media) == []


@pytest.mark.django_db
def test_store_says_so_when_the_disk_fills_while_writing(monkeypatch, media):
    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(NoSpace):
        make()

    assert stored_on_disk(media) == []


@pytest.mark.django_db
@pytest.mark.parametrize("media_type", ["", "text", "text/html; charset=x", "text/\nx", "A/b"])
def test_store_refuses_what_is_no_media_type(media_type):
    with pytest.raises(ValueError, match="media type"):
        store(b"", name="a", media_type=media_type, kind="note", by_id=None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\list.csv", "list.csv"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("  two   words .txt", "two words .txt"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        ("\ud800x", "?x"),
        ("é.txt", "é.txt"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("x" * 300, "x" * 255),
    ],
)
def test_clean_name_is_fit_to_show(name, expected):
    assert clean_name(name) == expected


@pytest.mark.django_db
def test_sweep_removes_old_files_without_a_row_and_tells_of_lost_ones(media, caplog):
    kept, lost = make(), make()
    files.full_path(lost.path).unlink()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        make(name="rolled back")
        raise ZeroDivisionError
    stray = next(path for path in stored_on_disk(media) if not str(path).endswith(kept.path))

    list(sweep())
    young = stray.exists()
    os.utime(stray, (0, time.time() - 25 * 3600))
    lines = list(sweep())

    assert (young, stray.exists(), content(kept)) == (True, False, b"hello")
    assert f"stored_file_missing {lost.pk}" in caplog.text
    assert any("1 files removed" in text for _folder, text in lines)


@pytest.mark.django_db
def test_sweep_goes_on_behind_the_folder_it_stopped_at(media):
    assert [folder for folder, _text in sweep(after="fe")] == ["incoming"]
