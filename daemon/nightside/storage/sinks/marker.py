"""Unplugged is not empty: how a sink is known again.

The first use of a sink leaves a marker file in its root, with a number made for it, and notes the number at home, in the spool.
From then on a root without that number is not the sink: nothing is mounted there, or another disk is. Nothing is written there.
"""

import re
import secrets
from pathlib import Path

from nightside.storage.sinks.sink import SinkAbsent
from nightside.storage.writing import explained, replace_text

MARKER = ".nightside-sink"
"""The marker's name in the root of a sink."""
NOTES = ".sinks"
"""The folder of notes, in the spool's root."""

_NUMBER = re.compile(r"^id: ([0-9a-f]{32})$", re.MULTILINE)
LONGEST = 4096


class Notes:
    """What is noted at home of one sink. Reads and writes a small file: for threads."""

    def __init__(self, spool: Path, sink: str) -> None:
        """`spool` is the spool's root."""
        self._folder = spool / NOTES
        self._sink = sink

    def station(self) -> str:
        """A number of this spool's own; half-sent files carry it, so that nobody sweeps out another station's."""
        return self._read("station") or self._write("station", secrets.token_hex(4))

    def is_home(self, root: Path) -> bool:
        """Whether a sink's root is the spool itself, by whatever path: a frame there is no copy of itself."""
        home = self._folder.parent
        return root.exists() and home.exists() and root.samefile(home)

    def known(self) -> str | None:
        """The number in the marker of this sink, if it was ever used."""
        return self._read(f"{self._sink}.id")

    def note(self, number: str) -> None:
        """Remember the number in the marker."""
        self._write(f"{self._sink}.id", number)

    def met(self) -> bool:
        """Whether this sink was ever found to be usable."""
        return self._read(f"{self._sink}.met") is not None

    def meet(self) -> None:
        """Remember that it was."""
        self._write(f"{self._sink}.met", "yes")

    def _read(self, name: str) -> str | None:
        try:
            return (self._folder / name).read_text("utf-8").strip() or None
        except FileNotFoundError:
            return None

    def _write(self, name: str, text: str) -> str:
        with explained(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        replace_text(self._folder / name, f"{text}\n")
        return text


def number_in(marker: str) -> str | None:
    """The number in a marker file, which anybody may have written."""
    found = _NUMBER.search(marker[:LONGEST])
    return found[1] if found else None


def new_marker(sink: str) -> tuple[str, str]:
    """A number, and the text of a marker file with it."""
    number = secrets.token_hex(16)
    return number, f"Nightside keeps frames here, and knows the place by this file: leave it.\nsink: {sink}\nid: {number}\n"


def recognize(sink: str, where: str, found: str | None, known: str | None) -> None:
    """Whether the number `found` in a sink's marker says that it is the one that is known.

    Raises:
        SinkAbsent: it is not.
    """
    if known is None or found == known:
        return
    what = (
        f"The sink {sink} is not there: {where} has lost its marker file {MARKER}."
        if found is None
        else f"What lies at {where} is not the sink {sink}: its marker file {MARKER} has another number."
    )
    raise SinkAbsent(
        what,
        means="Nothing was written there. The frames stay in the spool until it is back.",
        remedy="Plug in or mount the right disk. If you replaced it on purpose, remove "
        f"{NOTES}/{sink}.id from the spool: the new one is then taken for it, and gets every frame that is still in the spool.",
    )
