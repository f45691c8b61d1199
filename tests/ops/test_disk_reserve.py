"""Room that is held while there is plenty, and given back when the disk is full."""

import shutil
from collections import namedtuple

import pytest

from ops import disk_reserve
from ops.disk_reserve import MB, look_after

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def disk(settings, tmp_path, monkeypatch):
    """Set the free bytes that the disk tells; the reserve of the test is small."""
    settings.DATA_DIR, settings.DISK_RESERVE_BYTES = tmp_path, 4096

    def with_free(free):
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free, 0, free))

    return with_free


def test_room_is_held_while_there_is_plenty(disk, tmp_path):
    disk(2048 * MB)

    look_after()

    assert (tmp_path / "reserve").stat().st_size == 4096


def test_room_is_given_back_on_a_full_disk(disk, tmp_path, caplog):
    disk(2048 * MB)
    look_after()
    disk(31 * MB)

    look_after()

    assert not (tmp_path / "reserve").exists()
    assert "disk_reserve_released" in caplog.text


@pytest.mark.parametrize("was_held", [True, False])
def test_in_between_everything_stays_as_it_is(disk, tmp_path, was_held):
    if was_held:
        disk_reserve.hold(tmp_path / "reserve")
    disk(500 * MB)

    look_after()

    assert (tmp_path / "reserve").exists() == was_held
