"""Refreshing elements: politely, atomically, offline, and never at the cost of what was there."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nightside.clock import Clock, VirtualClock
from nightside.errors import ElementsDamaged, ElementsMissing, FolderUnwritable, SatelliteUnknown
from nightside.sky.refresh import Outcome, Source, refresh
from nightside.sky.refresh.fetching import Answer, FetchFailed, fetch
from tests.daemon.sky.reference import ISS_FILE, utc
from tests.daemon.sky.test_tle import HST, ISS, summed

SET = ISS_FILE.read_bytes()
NEWER = "\n".join([ISS[0], summed(ISS[1].replace("18184.80969102", "18186.80969102")), ISS[2], ""]).encode()
OLDER = "\n".join([ISS[0], summed(ISS[1].replace("18184.80969102", "18180.80969102")), ISS[2], ""]).encode()
DAMAGED = SET.replace(b"51.6414", b"51.6415")
URL = "https://example.org/iss.tle"


class Publisher:
    """A server that says what it is told to, and remembers what it was asked."""

    def __init__(self, body: bytes | None = SET) -> None:
        self.body = body
        self.failure: FetchFailed | None = None
        self.asked: list[str] = []

    def __call__(self, url: str, etag: str, last_modified: str, clock: Clock) -> Answer:
        self.asked.append(etag)
        if self.failure is not None:
            raise self.failure
        return Answer(self.body, f'"{len(self.asked)}"', "")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(utc("2018-07-04"))


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(URL, 25544, tmp_path / "elements")


HALF_A_DAY = timedelta(hours=12).total_seconds()


def test_the_first_time_elements_are_fetched_and_kept(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()

    found = refresh(source, clock, publisher)

    assert (found.outcome, found.elements.norad_id) == (Outcome.REPLACED, 25544)
    assert source.cache.text_path.read_bytes() == SET


def test_a_publisher_is_asked_once_in_twelve_hours_however_often_we_start(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)

    for _ in range(11):
        clock.advance(3600)
        assert refresh(source, clock, publisher).outcome is Outcome.NOT_DUE
    clock.advance(3600)
    refresh(source, clock, publisher)

    assert len(publisher.asked) == 2


def test_even_a_refusal_counts_as_having_asked(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    publisher.failure = FetchFailed("the server answered 403 Forbidden", reached=True)

    for _ in range(3):
        with pytest.raises(ElementsMissing, match=r"403|twelve hours"):
            refresh(source, clock, publisher)
        clock.advance(3600)

    assert len(publisher.asked) == 1


def test_without_a_network_it_is_tried_again_after_a_pause(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    publisher.failure = FetchFailed("no connection", reached=False)
    with pytest.raises(ElementsMissing, match="no connection"):
        refresh(source, clock, publisher)
    clock.advance(60)
    with pytest.raises(ElementsMissing, match="no network a moment ago"):
        refresh(source, clock, publisher)

    clock.advance(600)
    publisher.failure = None

    assert refresh(source, clock, publisher).outcome is Outcome.REPLACED
    assert len(publisher.asked) == 2


def test_what_is_there_serves_while_there_is_no_network(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)
    clock.advance(HALF_A_DAY)
    publisher.failure = FetchFailed("no connection", reached=False)

    found = refresh(source, clock, publisher)

    assert (found.outcome, found.complaint) == (Outcome.KEPT, "no connection")
    assert found.elements.norad_id == 25544


def test_the_publisher_s_mark_is_sent_back_and_no_news_is_good_news(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)
    clock.advance(HALF_A_DAY)
    publisher.body = None

    found = refresh(source, clock, publisher)

    assert publisher.asked == ["", '"1"']
    assert (found.outcome, found.elements.norad_id) == (Outcome.UNCHANGED, 25544)


def test_a_mark_without_its_elements_is_not_sent(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)
    source.cache.text_path.unlink()
    clock.advance(HALF_A_DAY)

    assert refresh(source, clock, publisher).outcome is Outcome.REPLACED
    assert publisher.asked == ["", ""]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (DAMAGED, "checksum"),
        (b"", "is empty"),
        (b"<html>Please log in</html>", "without an orbit message"),
        ("\n".join(HST).encode(), "does not hold satellite 25544"),
        (OLDER, "are older"),
        (b"\xff" * 100, "known format"),
    ],
)
def test_an_answer_that_is_no_better_does_not_replace_what_is_there(
    source: Source, clock: VirtualClock, body: bytes, says: str
) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)
    clock.advance(HALF_A_DAY)
    publisher.body = body

    found = refresh(source, clock, publisher)

    assert found.outcome is Outcome.KEPT
    assert says in found.complaint
    assert source.cache.text_path.read_bytes() == SET


def test_newer_elements_replace_older_ones_whole(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)
    clock.advance(HALF_A_DAY)
    publisher.body = NEWER

    found = refresh(source, clock, publisher)

    assert (found.outcome, found.elements.epoch.day) == (Outcome.REPLACED, 5)
    assert sorted(path.suffix for path in source.folder.iterdir()) == [".elements", ".lock", ".note"]


@pytest.mark.parametrize(("body", "error"), [(DAMAGED, ElementsDamaged), ("\n".join(HST).encode(), SatelliteUnknown)])
def test_a_bad_first_answer_is_refused(source: Source, clock: VirtualClock, body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        refresh(source, clock, Publisher(body))


def test_a_clock_that_was_set_back_neither_hastens_nor_forbids(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)

    clock.step_wall(-3600)
    assert refresh(source, clock, publisher).outcome is Outcome.NOT_DUE
    clock.step_wall(-30 * 86400)
    assert refresh(source, clock, publisher).outcome is Outcome.UNCHANGED


def test_a_damaged_note_is_as_good_as_none(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)
    for text in ("", "[]", "{", '{"attempted_at": 5}', "[" * 10_000):
        source.cache.note_path.write_text(text)
        assert refresh(source, clock, publisher).elements.norad_id == 25544


def test_only_one_process_asks(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)
    clock.advance(HALF_A_DAY)

    with source.cache.only_one() as first:
        found = refresh(source, clock, publisher)

    assert first
    assert found.outcome is Outcome.NOT_DUE
    assert len(publisher.asked) == 1


def test_a_watched_file_is_taken_when_it_changes(tmp_path: Path, clock: VirtualClock) -> None:
    path = tmp_path / "uploaded.tle"
    path.write_bytes(SET)
    source = Source(str(path), "iss", tmp_path / "cache")

    outcomes = [refresh(source, clock).outcome for _ in range(2)]
    path.write_bytes(NEWER + b"\n")
    outcomes.append(refresh(source, clock).outcome)
    path.write_bytes(b"half of a li")
    damaged = refresh(source, clock)
    path.unlink()
    gone = refresh(source, clock)

    assert outcomes == [Outcome.REPLACED, Outcome.UNCHANGED, Outcome.REPLACED]
    assert (damaged.outcome, damaged.elements.epoch.day) == (Outcome.KEPT, 5)
    assert (gone.outcome, gone.elements.epoch.day) == (Outcome.KEPT, 5)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, clock: VirtualClock) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(FolderUnwritable, match="Elements cannot be kept"):
        refresh(Source(URL, None, tmp_path / "file" / "below"), clock, Publisher())


class Handler(BaseHTTPRequestHandler):
    """Paths say what to do."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/set")
            self.end_headers()
        elif self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
        elif self.headers["If-None-Match"] == '"mark"':
            self.send_response(304)
            self.end_headers()
        elif self.path == "/forbidden":
            self.send_error(403)
        else:
            self._answer(SET * 200 if self.path == "/huge" else SET, "gzip" if self.path == "/packed" else "identity")

    def _answer(self, body: bytes, encoding: str) -> None:
        self.send_response(200)
        self.send_header("ETag", '"mark"')
        self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(body) + (10 if self.path == "/cut" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — as it is called above
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_real_server_is_asked_over_http(server: str, clock: VirtualClock) -> None:
    assert fetch(f"{server}/set", "", "", clock) == Answer(SET, '"mark"', "")
    assert fetch(f"{server}/moved", "", "", clock).body == SET
    assert fetch(f"{server}/set", '"mark"', "", clock).body is None


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("forbidden", "403"),
        ("round", "redirect"),
        ("packed", "packed its answer"),
        ("huge", "larger than"),
        ("cut", "Protocol"),
    ],
)
def test_an_answer_that_is_none_is_said_to_be(
    server: str, clock: VirtualClock, path: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightside.sky.refresh.fetching.MAX_BYTES", 5000)

    with pytest.raises(FetchFailed, match=f"(?i){says}") as failure:
        fetch(f"{server}/{path}", "", "", clock)

    assert failure.value.reached


def test_nobody_there_is_not_the_same_as_a_refusal(clock: VirtualClock) -> None:
    with pytest.raises(FetchFailed) as failure:
        fetch("http://127.0.0.1:9/", "", "", clock)

    assert not failure.value.reached
