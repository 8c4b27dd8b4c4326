"""The body's own RAM as a place for frames: they wait there, one after the other under one handle, until they are fetched."""

from collections import deque

from nightside_drivers.twin.cards import CardObject
from nightside_drivers.twin.codes import SDRAM_HANDLE, Event, ObjectFormat
from nightside_drivers.twin.darkroom import Darkroom, Developed
from nightside_drivers.twin.events import EventQueue
from nightside_drivers.twin.storing import FORMATS, Frame

FILES = 16
"""Files that wait at the most; a further one takes the place of the oldest (assumed)."""


class Sdram:
    """A queue of files under the one handle 0xffff0001."""

    def __init__(self, events: EventQueue) -> None:
        self._events = events
        self._waiting: deque[CardObject] = deque()
        self._fetched = False

    @property
    def pending(self) -> bool:
        """Whether something waits that nobody has fetched yet."""
        return len(self._waiting) > int(self._fetched)

    def accept(self, frame: Frame, darkroom: Darkroom) -> None:
        """Take a frame from the sensor and tell the initiator, once for each of its files."""
        for picture in frame.pictures:
            if len(self._waiting) == FILES:
                self.drop()
            self._waiting.append(
                CardObject(
                    handle=SDRAM_HANDLE,
                    storage_id=0,
                    parent=0,
                    name=f"{frame.stem}0000.{picture.kind.extension}",
                    format=FORMATS.get(picture.kind, ObjectFormat.EXIF_JPEG),
                    made=frame.stamped,
                    content=Developed(frame.facts, picture.kind, picture.size, darkroom),
                    facts=frame.facts,
                    width_px=frame.facts.width_px,
                    height_px=frame.facts.height_px,
                    booked=picture.booked,
                )
            )
            self._events.post(Event.OBJECT_ADDED_IN_SDRAM, SDRAM_HANDLE)
        self._events.post(Event.CAPTURE_COMPLETE_REC_IN_SDRAM)

    def look(self) -> CardObject | None:
        """What the handle means now. A file that was fetched makes way for the next one."""
        if self._fetched and len(self._waiting) > 1:
            self.drop()
        return self._waiting[0] if self._waiting else None

    def fetched(self) -> None:
        """The initiator has read the first file to its end."""
        self._fetched = bool(self._waiting)

    def drop(self) -> bool:
        """Forget the first file. Says whether there was one."""
        self._fetched = False
        if self._waiting:
            self._waiting.popleft()
            return True
        return False

    def clear(self) -> None:
        """Forget everything."""
        self._waiting.clear()
        self._fetched = False
