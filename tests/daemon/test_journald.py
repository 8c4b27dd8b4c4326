"""Lines for the journal: over a datagram socket that stands in for it, read as its protocol says."""

import io
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from nightside import log
from nightside.clock import SystemClock
from nightside.log.journald import JournalLines, entry, is_journal


def fields(content: bytes) -> dict[str, str]:
    """What the journal makes of an entry (systemd.io/JOURNAL_NATIVE_PROTOCOL)."""
    found: dict[str, str] = {}
    while content:
        line, _, content = content.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(content[:8], "little")
            value, content = content[8 : 8 + length], content[8 + length + 1 :]
        assert name.decode() not in found
        found[name.decode()] = value.decode()
    return found


class Journal:
    """Reads what comes, small or large."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)

    def read(self) -> dict[str, str]:
        content, descriptors, _, _ = socket.recv_fds(self.socket, 1 << 20, 1)
        if descriptors:
            (memory,) = descriptors
            content = os.pread(memory, os.fstat(memory).st_size, 0)
            os.close(memory)
        return fields(content)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "socket")
    yield found
    found.socket.close()


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[JournalLines]:
    found = JournalLines(tmp_path / "socket")
    yield found
    found.close()


def test_a_line_has_fields_that_the_journal_can_be_asked_for(journal: Journal, lines: JournalLines) -> None:
    lines.msg(
        event="body-lost",
        level="warning",
        session="20180703-star-trail",
        window="20180703T200634Z",
        shot=4,
        code="x",
        why="It went.",
    )
    assert journal.read() == {
        "MESSAGE": "body-lost: It went. code=x session=20180703-star-trail shot=4 window=20180703T200634Z",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "nightside",
        "NIGHTSIDE_EVENT": "body-lost",
        "NIGHTSIDE_SESSION": "20180703-star-trail",
        "NIGHTSIDE_WINDOW": "20180703T200634Z",
        "NIGHTSIDE_SHOT": "4",
        "NIGHTSIDE_CODE": "x",
        "NIGHTSIDE_WHY": "It went.",
    }


def test_a_line_that_is_too_large_for_a_datagram_comes_whole(journal: Journal, lines: JournalLines) -> None:
    lines.msg(event="large", files=["/store_00010001/DCIM/100NCD3S/DSC_0001.NEF"] * 100_000)
    assert len(journal.read()["NIGHTSIDE_FILES"]) > 4_000_000


def test_a_journal_that_is_not_there_or_does_not_read_stops_nobody(tmp_path: Path, lines: JournalLines) -> None:
    for _ in range(5000):
        lines.msg(event="unread")
    gone = JournalLines(tmp_path / "nothing")
    gone.msg(event="lost")
    gone.close()


HOSTILE = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(HOSTILE, HOSTILE | st.integers() | st.none()), HOSTILE)
def test_no_value_of_a_camera_or_a_server_makes_a_field_of_its_own(line: dict[str, object], why: str) -> None:
    found = fields(entry({**line, "event": "x", "level": "info", "why": f"{why}\nPRIORITY=0\n_PID=1"}))
    assert found["PRIORITY"] == "6"
    assert found["NIGHTSIDE_WHY"] == f"{why}\nPRIORITY=0\n_PID=1"
    assert all(name.replace("_", "").isalnum() and name[0] != "_" and len(name) <= 64 for name in found)


def test_the_journal_is_known_by_its_stream(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w") as stream:
        known = os.fstat(stream.fileno())
        assert is_journal(stream, {"JOURNAL_STREAM": f"{known.st_dev}:{known.st_ino}"})
        assert not is_journal(stream, {"JOURNAL_STREAM": f"{known.st_dev}:{known.st_ino + 1}"})
        assert not is_journal(stream, {})
        assert not is_journal(stream, {"JOURNAL_STREAM": "what is this"})
    assert not is_journal(io.StringIO(), {"JOURNAL_STREAM": "1:1"})


def test_a_daemon_whose_errors_the_journal_reads_sends_it_fields(
    tmp_path: Path, journal: Journal, lines: JournalLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "stream").open("w") as stream:
        known = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{known.st_dev}:{known.st_ino}")
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr("nightside.log.JournalLines", lambda: lines)
        log.configure(SystemClock())
        with structlog.contextvars.bound_contextvars(session="s", window="w"):
            try:
                int("no\nnumber")
            except ValueError:
                structlog.stdlib.get_logger().exception("broken", shot=7)
    found = journal.read()
    assert (found["PRIORITY"], found["NIGHTSIDE_WINDOW"], found["NIGHTSIDE_SHOT"]) == ("3", "w", "7")
    assert found["MESSAGE"].startswith("broken: session=s shot=7 window=w\nTraceback")
    assert not (tmp_path / "stream").read_text()
