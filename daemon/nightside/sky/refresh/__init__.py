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
from nightside.errors import ElementsMissing, NightsideError, Refused
from nightside.sky.elements import Elements, choose, parse_elements
from nightside.sky.elements.load import MAX_BYTES
from nightside.sky.refresh.cache import Cache, Note
from nightside.sky.refresh.fetching import Answer, Fetch, FetchFailed, fetch

__all__ = ["Fetch", "FetchFailed", "Outcome", "Refreshed", "Source", "refresh"]

EVERY = timedelta(hours=12)
"""The least time between two requests that a server answers."""
OFFLINE_PAUSE = timedelta(minutes=10)
"""The least time between two attempts while there is no network."""


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
        """Its cache, under a name of its own."""
        return Cache(self.folder, hashlib.sha256(self.location.encode()).hexdigest()[:16])


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
        held = _held(source)
        if not mine:
            return _kept(source, held, Outcome.NOT_DUE, "another process is asking")
        answer, outcome, complaint = _ask(source, clock, ask, held)
        if answer is None:
            return _kept(source, held, outcome, complaint)
        return _accept(source, answer, held)


def _ask(source: Source, clock: Clock, ask: Fetch, held: Elements | None) -> tuple[bytes | None, Outcome, str]:
    note = source.cache.note()
    if not source.is_url:
        return _look(source, note, held)
    now = clock.utc()
    if _since(note.attempted_at, now) < EVERY:
        return None, Outcome.NOT_DUE, "it was asked less than twelve hours ago"
    if _since(note.failed_at, now) < OFFLINE_PAUSE:
        return None, Outcome.NOT_DUE, "there was no network a moment ago"
    known = note if held is not None else Note()
    # The note goes first: a crash while asking must not make the next start ask again.
    source.cache.write_note(replace(note, location=source.location, attempted_at=now.isoformat()))
    try:
        answer: Answer = ask(source.location, known.etag, known.last_modified, clock)
    except FetchFailed as failure:
        if not failure.reached:
            source.cache.write_note(replace(note, location=source.location, failed_at=now.isoformat()))
        return None, Outcome.KEPT, str(failure)
    stamped = Note(source.location, now.isoformat(), "", answer.etag or known.etag, answer.last_modified or known.last_modified)
    source.cache.write_note(stamped)
    return answer.body, Outcome.UNCHANGED, ""


def _look(source: Source, note: Note, held: Elements | None) -> tuple[bytes | None, Outcome, str]:
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
    source.cache.write_note(Note(source.location, "", "", "", changed))
    return data, Outcome.REPLACED, ""


def _accept(source: Source, data: bytes, held: Elements | None) -> Refreshed:
    """Put what came in the place of what is there, if it can be trusted and is not older."""
    try:
        fresh = _read(source, data)
    except Refused as refusal:
        if held is None:
            raise
        return Refreshed(held, Outcome.KEPT, str(refusal))
    if held is not None and fresh.epoch < held.epoch:
        return Refreshed(held, Outcome.KEPT, f"the source's elements are older, of {fresh.epoch:%Y-%m-%d %H:%M} UTC")
    source.cache.write_text(data)
    unchanged = held is not None and fresh.epoch == held.epoch
    return Refreshed(fresh, Outcome.UNCHANGED if unchanged else Outcome.REPLACED)


def _held(source: Source) -> Elements | None:
    """What is in the cache, if it can be used."""
    try:
        with source.cache.text_path.open("rb") as file:
            return _read(source, file.read(MAX_BYTES + 1))
    except (OSError, NightsideError):
        return None


def _read(source: Source, data: bytes) -> Elements:
    found, complaints = parse_elements(data.decode("utf-8-sig", errors="replace"), source.location)
    return choose(found, complaints, source.satellite, source.location)


def _kept(source: Source, held: Elements | None, outcome: Outcome, complaint: str) -> Refreshed:
    if held is None:
        raise ElementsMissing(
            f"There are no elements from {source.location}: {complaint or 'nothing came'}.",
            means="Without elements there are no windows.",
            remedy="Check the network and the address, or give a file.",
        )
    return Refreshed(held, outcome, complaint)


def _since(stamp: str, now: datetime) -> timedelta:
    """How long ago a stamp is, in either direction: a clock that was set back must neither hasten nor forbid a request."""
    try:
        then = datetime.fromisoformat(stamp)
    except ValueError:
        return timedelta.max
    return abs(now - (then if then.tzinfo is not None else then.replace(tzinfo=UTC)))
