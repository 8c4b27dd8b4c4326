"""The one way in which files are made."""

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path

import pytest

from nightside.errors import FolderUnwritable, StorageFull
from nightside.storage.writing import INCOMING, check_folder, measured, new_part, prepare_folder, replace_text, sweep


def names_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_file_appears_whole_and_read_only(tmp_path: Path) -> None:
    with new_part(tmp_path) as part:
        os.write(part.descriptor, b"frame")
        part.publish("session/window", "a.jpg")
    path = tmp_path / "session/window/a.jpg"
    assert path.read_bytes() == b"frame"
    assert path.stat().st_mode & 0o777 == 0o444
    assert names_below(tmp_path) == ["session/window/a.jpg"]


def make(root: Path, content: bytes) -> None:
    with new_part(root) as part:
        os.write(part.descriptor, content)
        part.publish("w", "a.jpg")


def test_a_failed_write_leaves_no_final_name_and_no_rubbish(tmp_path: Path) -> None:
    with suppress(RuntimeError), new_part(tmp_path) as part:
        os.write(part.descriptor, b"half a fra")
        raise RuntimeError
    assert names_below(tmp_path) == []


def test_no_file_is_ever_overwritten(tmp_path: Path) -> None:
    make(tmp_path, b"first")
    with pytest.raises(FileExistsError):
        make(tmp_path, b"second")
    assert (tmp_path / "w/a.jpg").read_bytes() == b"first"
    assert names_below(tmp_path) == ["w/a.jpg"]


@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull), (errno.EIO, FolderUnwritable), (errno.EROFS, FolderUnwritable)],
)
@pytest.mark.parametrize("step", ["fdatasync", "link", "fchmod", "open"])
def test_a_disk_that_fails_at_any_step_is_named_and_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, error: type[Exception]
) -> None:
    prepare_folder(tmp_path)

    def fail(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(error, match=str(tmp_path)):
        make(tmp_path, b"frame")
    monkeypatch.undo()
    assert names_below(tmp_path) == []


def test_a_file_system_without_links_is_written_as_safely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    prepare_folder(tmp_path)
    make(tmp_path, b"first")
    with pytest.raises(FileExistsError):
        make(tmp_path, b"second")
    assert (tmp_path / "w/a.jpg").read_bytes() == b"first"
    assert names_below(tmp_path) == ["w/a.jpg"]


def test_what_a_crash_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    make(tmp_path, b"frame")
    (tmp_path / INCOMING / "0123.part").write_bytes(b"torn")
    assert sweep(tmp_path) == 1
    assert names_below(tmp_path) == ["w/a.jpg"]


def test_a_folder_under_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnwritable, match="cannot be written"):
        prepare_folder(tmp_path / "file" / "spool")


def test_a_manifest_is_replaced_in_one_step(tmp_path: Path) -> None:
    replace_text(tmp_path / "SHA256SUMS", "old\n")
    replace_text(tmp_path / "SHA256SUMS", "new\n")
    assert (tmp_path / "SHA256SUMS").read_text() == "new\n"
    assert names_below(tmp_path) == ["SHA256SUMS"]


def test_a_file_is_measured_as_it_lies_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert measured(tmp_path / "a").sha256 == hashlib.sha256(b"x" * 3_000_000).hexdigest()
    assert measured(tmp_path / "a").size == 3_000_000


def test_looking_whether_a_folder_can_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    there, to_come = tmp_path / "there", tmp_path / "to" / "come"
    there.mkdir()
    check_folder(there)
    check_folder(to_come)
    assert list(tmp_path.iterdir()) == [there]
    assert list(there.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnwritable):
        check_folder(tmp_path / "file" / "spool")
