"""Cards, their folders and their files: object handles, DCF names, free space. No operations and no time."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from nightside_drivers.twin.codes import ALL, ObjectFormat
from nightside_drivers.twin.contents import Content, FrameFacts
from nightside_drivers.twin.facts import Slot

FILES_A_FOLDER = 999
"""A Nikon starts a new folder after this many pictures, or when the counter passes 9999 (assumed)."""

LAST_NUMBER = 9999
LAST_FOLDER = 999


@dataclass(slots=True)
class CardObject:
    """One folder or file."""

    handle: int
    storage_id: int
    parent: int
    """Handle of the folder it is in; 0 in the root."""
    name: str
    format: ObjectFormat
    made: datetime
    """By the body's own clock."""
    content: Content | None = None
    """None for a folder."""
    facts: FrameFacts | None = None
    """Of the frame that a picture belongs to."""
    width_px: int = 0
    height_px: int = 0
    booked: int = 0
    """Bytes that it takes from the card: those of the real, full-size file, whatever size the twin makes it."""
    protected: bool = False

    @property
    def size(self) -> int:
        """Bytes that reading it gives."""
        return 0 if self.content is None else self.content.size


@dataclass(slots=True)
class Card:
    """One card in its slot."""

    storage_id: int
    slot: Slot
    inserted: bool
    objects: dict[int, CardObject] = field(default_factory=dict)
    write_protected: bool = False
    hoarded: int = 0
    """Bytes taken by something that is not pictures, so that a test can fill a card at once."""
    used: int = 0
    _folders: dict[int, dict[int, CardObject]] = field(default_factory=dict)

    @property
    def free_bytes(self) -> int:
        """Bytes that are left."""
        return max(0, self.slot.capacity_bytes - self.slot.used_bytes - self.hoarded - self.used)

    def children(self, parent: int) -> Collection[CardObject]:
        """What is in a folder; in the root, when `parent` is 0."""
        return self._folders.get(parent, {}).values()

    def put(self, item: CardObject) -> None:
        """Add an object."""
        self.objects[item.handle] = item
        self._folders.setdefault(item.parent, {})[item.handle] = item
        self.used += item.booked

    def remove(self, handle: int) -> CardObject:
        """Take an object off the card."""
        item = self.objects.pop(handle)
        del self._folders[item.parent][handle]
        self.used -= item.booked
        return item

    def path(self, item: CardObject) -> str:
        """Where it is, as `DCIM/100ND3S_/DSC_0001.JPG`."""
        names = [item.name]
        while item.parent in self.objects:
            item = self.objects[item.parent]
            names.append(item.name)
        return "/".join(reversed(names))


class CardBay:
    """A body's slots, and the counters that name what goes into them."""

    def __init__(self, slots: tuple[Slot, ...], folder_suffix: str) -> None:
        """`folder_suffix` is what follows the three digits of a folder's name."""
        self.cards = tuple(
            Card(storage_id=(number << 16) | 1, slot=slot, inserted=slot.inserted) for number, slot in enumerate(slots, start=1)
        )
        self.folder_number = 100
        self.last_number = 0
        self._suffix = folder_suffix
        self._handles = itertools.count(0x0100_0001)

    def card(self, storage_id: int) -> Card | None:
        """The card with that storage id, when it is in its slot."""
        return next((card for card in self.cards if card.storage_id == storage_id and card.inserted), None)

    @property
    def inserted(self) -> tuple[Card, ...]:
        """The cards that are in their slots."""
        return tuple(card for card in self.cards if card.inserted)

    def find(self, handle: int) -> tuple[Card, CardObject] | None:
        """The object with that handle and the card it is on."""
        for card in self.inserted:
            item = card.objects.get(handle)
            if item is not None:
                return card, item
        return None

    def handles(self, storage_id: int, format_code: int, parent: int) -> list[int]:
        """Object handles as GetObjectHandles selects them: 0 is any format and any parent, `ALL` any storage, or the root."""
        wanted = 0 if parent == ALL else parent
        return [
            item.handle
            for card in self.inserted
            if storage_id in {ALL, card.storage_id}
            for item in (card.objects.values() if parent == 0 else card.children(wanted))
            if format_code in {0, item.format}
        ]

    def stem(self, now: datetime, card: Card, number: int | None) -> tuple[CardObject, list[CardObject], int]:
        """The folder on `card` for a frame, the folders that had to be made for it, and its number.

        `number` is given for the second card of a frame that already has one; otherwise the counter moves on.
        """
        made: list[CardObject] = []
        if number is None:
            number = self.last_number % LAST_NUMBER + 1
            if number <= self.last_number:
                self._next_folder()
            self.last_number = number
        folder = self._folder(card, now, made)
        if len(card.children(folder.handle)) >= FILES_A_FOLDER:
            self._next_folder()
            folder = self._folder(card, now, made)
        return folder, made, number

    def forget(self, handle: int) -> None:
        """Remove an object, wherever it is; harmless when it has gone."""
        for card in self.cards:
            if handle in card.objects:
                card.remove(handle)

    def reset_counter(self) -> None:
        """Start counting again, in a new folder."""
        self.last_number = 0
        self._next_folder()

    def new_handle(self) -> int:
        """A handle that no object has had."""
        return next(self._handles)

    def _next_folder(self) -> None:
        self.folder_number = 100 if self.folder_number >= LAST_FOLDER else self.folder_number + 1

    def _folder(self, card: Card, now: datetime, made: list[CardObject]) -> CardObject:
        dcim = self._child(card, 0, "DCIM", now, made)
        return self._child(card, dcim.handle, f"{self.folder_number:03d}{self._suffix}", now, made)

    def _child(self, card: Card, parent: int, name: str, now: datetime, made: list[CardObject]) -> CardObject:
        for item in card.children(parent):
            if item.name == name:
                return item
        folder = CardObject(self.new_handle(), card.storage_id, parent, name, ObjectFormat.ASSOCIATION, now)
        card.put(folder)
        made.append(folder)
        return folder
