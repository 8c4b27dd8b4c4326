"""Refreshing elements: politely, atomically, offline, and never at the cost of what was there."""

from datetime import timedelta
from pathlib import Path

import pytest

from nightside.clock import Clock, VirtualClock
from nightside.errors import ElementsDamaged, ElementsMissing, FolderUnwritable, SatelliteUnknown
from nightside.sky.refresh import Outcome, Source, refresh
from nightside.sky.refresh.cache import Cache
from nightside.sky.refresh.fetching import Answer, FetchFailed
from tests.daemon.sky.reference import utc
from tests.daemon.sky.test_tle import HST, ISS, summed
from tests.orbit import ISS_FILE

SET = ISS_FILE.read_bytes()
NEWER = "\n".join([ISS[0], summed(ISS[1].replace("18184.80969102", "18186.80969102")), ISS[2], ""]).encode()
OLDER = "\n".join([ISS[0], summed(ISS[1].replace("18184.80969102", "18180.80969102")), ISS[2], ""]).encode()


def dated(epoch: str) -> bytes:
    """The set with another epoch."""
    return "\n".join([ISS[0], summed(ISS[1].replace("18184.80969102", epoch)), ISS[2], ""]).encode()


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

    for _ in range(3):
        clock.step_wall(-43200)
        assert refresh(source, clock, publisher).outcome is Outcome.NOT_DUE
    clock.advance(HALF_A_DAY)
    refresh(source, clock, publisher)

    assert len(publisher.asked) == 2


def test_an_answer_from_the_future_costs_nothing(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)
    clock.advance(HALF_A_DAY)
    publisher.body = dated("56001.00000000")
    poisoned = refresh(source, clock, publisher)
    clock.advance(HALF_A_DAY)
    publisher.body = NEWER

    assert (poisoned.outcome, "yet to come" in poisoned.complaint) == (Outcome.KEPT, True)
    assert refresh(source, clock, publisher).elements.epoch.day == 5


def test_a_set_from_the_future_that_is_held_already_is_let_go(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    refresh(source, clock, publisher)
    source.cache.text_path.write_bytes(dated("56001.00000000"))
    clock.advance(HALF_A_DAY)

    assert refresh(source, clock, publisher).elements.epoch.year == 2018
    assert publisher.asked == ["", ""]


def test_without_a_name_the_object_stays_the_same(tmp_path: Path, clock: VirtualClock) -> None:
    source, publisher = Source(URL, None, tmp_path), Publisher()
    refresh(source, clock, publisher)
    clock.advance(2 * 365 * 86400.0)
    publisher.body = "\n".join(HST).encode()

    found = refresh(source, clock, publisher)

    assert (found.outcome, found.elements.norad_id) == (Outcome.KEPT, 25544)
    assert found.complaint == "the source's elements are of object 20580 (20580), not of ISS (ZARYA) (25544)"


def test_two_satellites_of_one_source_are_kept_apart(tmp_path: Path, clock: VirtualClock) -> None:
    clock.advance(2 * 365 * 86400.0)
    publisher = Publisher(b"\n".join([SET, "\n".join(HST).encode()]))

    found = [refresh(Source(URL, number, tmp_path), clock, publisher).elements.norad_id for number in (25544, 20580, 25544)]

    assert found == [25544, 20580, 25544]
    assert len(list(tmp_path.glob("*.elements"))) == 2


def test_a_refused_answer_s_mark_is_not_sent_back(source: Source, clock: VirtualClock) -> None:
    publisher = Publisher()
    for body in (SET, DAMAGED, OLDER, NEWER, NEWER):
        publisher.body = body
        refresh(source, clock, publisher)
        clock.advance(HALF_A_DAY)

    assert publisher.asked == ["", '"1"', '"1"', '"1"', '"4"']


class PowerCut(Exception):
    """The end of a process."""


@pytest.mark.parametrize("watched", [False, True])
def test_no_update_is_lost_by_a_crash_before_it_is_on_the_disk(
    tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, watched: bool
) -> None:
    path, publisher = tmp_path / "uploaded.tle", Publisher()
    path.write_bytes(SET)
    source = Source(str(path) if watched else URL, 25544, tmp_path / "cache")
    refresh(source, clock, publisher)
    clock.advance(HALF_A_DAY)
    publisher.body = NEWER
    path.write_bytes(NEWER + b"\n")

    def die(_: Cache, __: bytes) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(Cache, "write_text", die)
        with pytest.raises(PowerCut):
            refresh(source, clock, publisher)
    clock.advance(HALF_A_DAY)

    assert refresh(source, clock, publisher).outcome is Outcome.REPLACED
    assert watched or publisher.asked == ["", '"1"', '"1"']


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
