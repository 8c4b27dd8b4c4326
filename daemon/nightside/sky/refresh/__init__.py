"""Keeping elements fresh: from a URL at most once in twelve hours, or from a file that somebody else replaces.

What is fetched is checked before it replaces what is there, so a broken answer never costs a good element set; and whatever
fails, what is there goes on being used, with its age in sight.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from nightside.clock import Clock
from nightside.errors import ElementsDamaged, ElementsMissing, NightsideError, Refused
from nightside.sky.elements import Elements, choose, parse_elements
from nightside.sky.elements.load import MAX_BYTES
from nightside.sky.refresh.cache import Cache, Note
from nightside.sky.refresh.fetching import Answer, Fetch, FetchFailed, fetch

__all__ = ["Fetch", "FetchFailed", "Outcome", "Refreshed", "Source", "refresh"]

EVERY = timedelta(hours=12)
"""The least time between two requests that a server answers."""
OFFLINE_PAUSE = timedelta(minutes=10)
"""The least time between two attempts while there is no network."""
AHEAD = timedelta(days=2)
"""How far ahead of the clock an epoch may be: tables begin a little later than they are published."""


class Outcome(StrEnum):
    """What a refresh came to."""

    REPLACED = "replaced"
    """Newer elements are in use now."""
    UNCHANGED = "unchanged"
    """The source has nothing newer."""
    NOT_DUE = "not due"
    """It was asked less than twelve hours ago, or somebody else is asking."""
    KEPT = "kept"
    """The source failed or its answer was refused; what was there is in use."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where elements come from, whose they are, and where they are kept."""

    location: str
    """An http or https URL, or the path of a file."""
    satellite: str | int | None
    folder: Path

    @property
    def is_url(self) -> bool:
        """Whether it is asked over the network."""
        return self.location.lower().startswith(("http://", "https://"))

    @property
    def cache(self) -> Cache:
        """Its cache, under a name of its own: another satellite from the same place is another cache."""
        key = self.location if self.satellite is None else f"{self.location}\n{self.satellite}"
        return Cache(self.folder, hashlib.sha256(key.encode()).hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The elements in use after a refresh, and how it went."""

    elements: Elements
    outcome: Outcome
    complaint: str = ""
    """Why the source's answer is not in use, if it is not."""


def refresh(source: Source, clock: Clock, ask: Fetch = fetch) -> Refreshed:
    """The newest elements that can be had now. It may block while the network does: call it from a thread.

    Raises `ElementsMissing`, `ElementsDamaged` or `SatelliteUnknown` only where there is nothing to fall back on, and
    `FolderUnwritable` where nothing can be kept.
    """
    with source.cache.only_one() as mine:
        now = clock.utc()
        held = _held(source, now)
        if not mine:
            return _kept(source, held, Outcome.NOT_DUE, "another process is asking")
        note = _sane(source.cache, now)
        answer, outcome, complaint = _ask(source, note, clock, ask, held) if source.is_url else _look(source, note, held)
        if answer is None or answer.body is None:
            return _kept(source, held, outcome, complaint)
        return _accept(source, answer, held, now)


def _sane(cache: Cache, now: datetime) -> Note:
    """The note, its stamps no later than now: a clock that was set back neither allows a request nor forbids one for long."""
    note = cache.note()
    stamps = {name: _no_later(getattr(note, name), now) for name in ("attempted_at", "failed_at")}
    sane = replace(note, **stamps)
    if sane != note:
        cache.write_note(sane)
    return sane


def _ask(source: Source, note: Note, clock: Clock, ask: Fetch, held: Elements | None) -> tuple[Answer | None, Outcome, str]:
    now = clock.utc()
    if _since(note.attempted_at, now) < EVERY:
        return None, Outcome.NOT_DUE, "it was asked less than twelve hours ago"
    if _since(note.failed_at, now) < OFFLINE_PAUSE:
        return None, Outcome.NOT_DUE, "there was no network a moment ago"
    # What the server called its text belongs to the text: without it, the whole is asked for.
    known = note if held is not None else replace(note, etag="", last_modified="")
    # The note goes first: a crash while asking must not make the next start ask again.
    asked = replace(known, location=source.location, attempted_at=now.isoformat(), failed_at="")
    source.cache.write_note(asked)
    try:
        answer = ask(source.location, known.etag, known.last_modified, clock)
    except FetchFailed as failure:
        if not failure.reached:
            offline = replace(asked, attempted_at=note.attempted_at, failed_at=now.isoformat())
            source.cache.write_note(offline)
        return None, Outcome.KEPT, str(failure)
    return answer, Outcome.UNCHANGED, ""


def _look(source: Source, note: Note, held: Elements | None) -> tuple[Answer | None, Outcome, str]:
    """Read a watched file if it has changed since it was last read."""
    path = Path(source.location)
    try:
        state = path.stat()
        changed = f"{state.st_mtime_ns} {state.st_size}"
        if changed == note.last_modified and held is not None:
            return None, Outcome.UNCHANGED, ""
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return None, Outcome.KEPT, f"{path} cannot be read: {error}"
    if len(data) > MAX_BYTES:
        return None, Outcome.KEPT, f"{path} is larger than {MAX_BYTES // 2**20} MiB"
    return Answer(data, "", changed), Outcome.REPLACED, ""


def _accept(source: Source, answer: Answer, held: Elements | None, now: datetime) -> Refreshed:
    """Put what came in the place of what is there, if it can be trusted, is of the same object, and is not older.

    Only then, and only once it is on the disk, is what the server called it kept: or a crash in between, or a refusal, would
    have the next request answered by "not modified".
    """
    data = answer.body or b""
    try:
        fresh = _read(source, data, now)
    except Refused as refusal:
        if held is None:
            raise
        return Refreshed(held, Outcome.KEPT, str(refusal))
    if held is not None and not _same_object(fresh, held):
        return Refreshed(held, Outcome.KEPT, f"the source's elements are of {_called(fresh)}, not of {_called(held)}")
    if held is not None and fresh.epoch < held.epoch:
        return Refreshed(held, Outcome.KEPT, f"the source's elements are older, of {fresh.epoch:%Y-%m-%d %H:%M} UTC")
    source.cache.write_text(data)
    note = source.cache.note()
    source.cache.write_note(replace(note, location=source.location, etag=answer.etag, last_modified=answer.last_modified))
    unchanged = held is not None and fresh.epoch == held.epoch
    return Refreshed(fresh, Outcome.UNCHANGED if unchanged else Outcome.REPLACED)


def _held(source: Source, now: datetime) -> Elements | None:
    """What is in the cache, if it can be used."""
    try:
        with source.cache.text_path.open("rb") as file:
            return _read(source, file.read(MAX_BYTES + 1), now)
    except (OSError, NightsideError):
        return None


def _read(source: Source, data: bytes, now: datetime) -> Elements:
    """The elements in a text. Those of an epoch still to come are refused: every later set would seem older than they."""
    found, complaints = parse_elements(data.decode("utf-8-sig", errors="replace"), source.location)
    elements = choose(found, complaints, source.satellite, source.location)
    if elements.epoch > now + AHEAD:
        raise ElementsDamaged(
            f"The elements of {elements.name} are of {elements.epoch:%Y-%m-%d %H:%M} UTC, which is yet to come.",
            means="They would be taken for newer than every set that follows.",
            remedy="Check this computer's clock, and the source.",
        )
    return elements


def _same_object(one: Elements, other: Elements) -> bool:
    if one.norad_id and other.norad_id:
        return one.norad_id == other.norad_id
    if one.designator and other.designator:
        return one.designator == other.designator
    return one.name.casefold() == other.name.casefold()


def _called(elements: Elements) -> str:
    return f"{elements.name} ({elements.norad_id or elements.designator or 'no number'})"


def _kept(source: Source, held: Elements | None, outcome: Outcome, complaint: str) -> Refreshed:
    if held is None:
        raise ElementsMissing(
            f"There are no elements from {source.location}: {complaint or 'nothing came'}.",
            means="Without elements there are no windows.",
            remedy="Check the network and the address, or give a file.",
        )
    return Refreshed(held, outcome, complaint)


def _no_later(stamp: str, now: datetime) -> str:
    then = _moment(stamp)
    return now.isoformat() if then is not None and then > now else stamp


def _since(stamp: str, now: datetime) -> timedelta:
    """How long ago a stamp is; for ever where it is none."""
    then = _moment(stamp)
    return timedelta.max if then is None else now - then


def _moment(stamp: str) -> datetime | None:
    try:
        then = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return then if then.tzinfo is not None else then.replace(tzinfo=UTC)
