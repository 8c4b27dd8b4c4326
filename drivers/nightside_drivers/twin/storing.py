"""From the sensor to the card: the buffer, the writing, and what a body does when a card is full, locked or gone."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from nightside_drivers.twin.cards import Card, CardBay, CardObject
from nightside_drivers.twin.codes import Event, ObjectFormat
from nightside_drivers.twin.contents import Content, Corrupted, FileKind, FrameFacts, Truncated
from nightside_drivers.twin.darkroom import Darkroom, Developed
from nightside_drivers.twin.events import EventQueue
from nightside_drivers.twin.facts import Media
from nightside_drivers.twin.faults.vocabulary import Kind
from nightside_drivers.twin.mishaps import Mishaps
from nightside_drivers.twin.timeline import Ticket, Timeline
from nightside_drivers.twin.truth import Opening

OVERFLOW, BACKUP, SPLIT = 0, 1, 2
"""Slot 2 Save Mode 0xd148: use it when slot 1 is full, write everything twice, or NEF to slot 1 and JPEG to slot 2."""

FORMATS = {FileKind.NEF: ObjectFormat.UNDEFINED, FileKind.TIFF: ObjectFormat.TIFF}


@dataclass(frozen=True, slots=True)
class Picture:
    """One file that a frame becomes."""

    kind: FileKind
    size: int
    """Bytes that it has."""
    booked: int
    """Bytes that the real, full-size file would take."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What one exposure gave, on its way to the card."""

    facts: FrameFacts
    pictures: tuple[Picture, ...]
    opening: Opening
    stamped: datetime
    stem: str
    """The first letters of its name, by colour space: "DSC_" or "_DSC"."""

    @property
    def booked(self) -> int:
        """Bytes it takes in the buffer and on the card."""
        return sum(picture.booked for picture in self.pictures)


class Storing:
    """The buffer and the writer behind it. One frame is written at a time, in order."""

    def __init__(
        self, timeline: Timeline, media: Media, bay: CardBay, events: EventQueue, darkroom: Darkroom, mishaps: Mishaps
    ) -> None:
        """`mishaps` may spoil what is written."""
        self.slowness = 1.0
        """A fault: how many times as long as usual a card takes."""
        self.second_slot: Callable[[], int] = lambda: OVERFLOW
        """Slot 2 Save Mode, asked at each frame."""
        self.written: list[Callable[[CardObject], None]] = []
        """Called for each file when it is on its card."""
        self._timeline = timeline
        self._media = media
        self._bay = bay
        self._events = events
        self._darkroom = darkroom
        self._mishaps = mishaps
        self._writing: deque[tuple[float, Frame]] = deque()
        self._late: list[Ticket] = []

    @property
    def buffered_bytes(self) -> int:
        """Bytes that wait for the card."""
        return sum(frame.booked for _, frame in self._writing)

    def room_for(self, booked: int, at: float) -> float:
        """The first instant from `at` on at which the buffer takes `booked` bytes more."""
        held = self.buffered_bytes + booked
        for done, frame in self._writing:
            if held <= self._media.buffer_bytes:
                break
            held -= frame.booked
            at = max(at, done)
        return at

    def fits(self, booked: int) -> bool:
        """Whether some card has room for `booked` bytes, beside what waits in the buffer."""
        return any(card.free_bytes >= booked + self.buffered_bytes for card in self._bay.inserted if not card.write_protected)

    def accept(self, frame: Frame, at: float) -> None:
        """Take a frame from the sensor."""
        begin = max(at, self._writing[-1][0]) if self._writing else at
        done = begin + frame.booked * self.slowness / self._media.card_bytes_per_s
        self._writing.append((done, frame))
        self._timeline.at(done, self._write)

    def lose(self) -> None:
        """Forget what was not written yet: the power is gone."""
        self._writing.clear()
        for ticket in self._late:
            ticket.cancel()
        self._late.clear()

    def _write(self, at: float) -> None:
        if not self._writing or self._writing[0][0] > at:
            return  # it was lost in the meantime
        frame = self._spoiled(self._writing.popleft()[1])
        delay = self._mishaps.strike(Kind.JPEG_LATE) if _is_pair(frame) else None
        items: list[CardObject] = []
        number: int | None = None
        for card, pictures in self._destinations(frame):
            number = self._place(frame, card, pictures, items, number, None if delay is None else at + delay.seconds)
        if not items:
            self._events.post(Event.STORE_FULL, self._bay.inserted[0].storage_id if self._bay.inserted else 0)
        for item in items:
            self._events.post(Event.OBJECT_ADDED, item.handle)
            for look in self.written:
                look(item)
        self._events.post(Event.CAPTURE_COMPLETE)

    def _spoiled(self, frame: Frame) -> Frame:
        if _is_pair(frame) and self._mishaps.strike(Kind.RAW_WITHOUT_JPEG):
            return replace(frame, pictures=tuple(picture for picture in frame.pictures if picture.kind is FileKind.NEF))
        return frame

    def _content(self, frame: Frame, picture: Picture) -> Content:
        content: Content = Developed(frame.facts, picture.kind, picture.size, self._darkroom)
        fault = self._mishaps.strike(Kind.TRUNCATE)
        if fault is not None:
            content = Truncated(content, int(picture.size * fault.share), fault.hidden)
        return Corrupted(content) if self._mishaps.strike(Kind.CORRUPT) else content

    def _destinations(self, frame: Frame) -> list[tuple[Card, tuple[Picture, ...]]]:
        usable = [card for card in self._bay.inserted if not card.write_protected]
        mode = self.second_slot() if len(usable) > 1 else OVERFLOW
        if mode == BACKUP:
            return [(card, frame.pictures) for card in usable if card.free_bytes >= frame.booked]
        if mode == SPLIT:
            raw = tuple(picture for picture in frame.pictures if picture.kind is FileKind.NEF)
            rest = tuple(picture for picture in frame.pictures if picture.kind is not FileKind.NEF)
            return [(card, part) for card, part in zip(usable, (raw, rest), strict=False) if part]
        return [(card, frame.pictures) for card in usable if card.free_bytes >= frame.booked][:1]

    def _place(
        self,
        frame: Frame,
        card: Card,
        pictures: tuple[Picture, ...],
        items: list[CardObject],
        number: int | None,
        later: float | None,
    ) -> int:
        """Put files of a frame on a card, its JPEG only at the instant `later`, if there is one; give the frame's number."""
        folder, made, number = self._bay.stem(frame.stamped, card, number)
        for new in made:
            self._events.post(Event.OBJECT_ADDED, new.handle)
        for picture in pictures:
            if later is None or picture.kind is FileKind.NEF:
                items.append(self._put(frame, card, folder, picture, number))
            else:
                self._late.append(self._timeline.at(later, partial(self._put_late, frame, card, folder, picture, number)))
        return number

    def _put_late(self, frame: Frame, card: Card, folder: CardObject, picture: Picture, number: int, _at: float) -> None:
        if card in self._bay.inserted and not card.write_protected:
            item = self._put(frame, card, folder, picture, number)
            for look in self.written:
                look(item)

    def _put(self, frame: Frame, card: Card, folder: CardObject, picture: Picture, number: int) -> CardObject:
        item = CardObject(
            handle=self._bay.new_handle(),
            storage_id=card.storage_id,
            parent=folder.handle,
            name=f"{frame.stem}{number:04d}.{picture.kind.extension}",
            format=FORMATS.get(picture.kind, ObjectFormat.EXIF_JPEG),
            made=frame.stamped,
            content=self._content(frame, picture),
            facts=frame.facts,
            width_px=frame.facts.width_px,
            height_px=frame.facts.height_px,
            booked=picture.booked,
        )
        card.put(item)
        frame.opening.files += (card.path(item),)
        return item


def _is_pair(frame: Frame) -> bool:
    kinds = {picture.kind for picture in frame.pictures}
    return FileKind.NEF in kinds and len(kinds) > 1
