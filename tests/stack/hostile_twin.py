"""A twin whose files are called as no camera would call them, and one of which claims four gigabytes. Run as a program."""

import asyncio
import sys

from nightside_drivers.twin.cards import Card, CardObject
from nightside_drivers.twin.codes import ObjectFormat
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.running import TwinSettings, run_twin

NAMES = (
    "../../../escaped.JPG",
    "..",
    "a/b.JPG",
    "line\nbreak.JPG",
    "nul\0hidden.JPG",
    "-rf.JPG",
    ".hidden",
    "~root.JPG",
    "$(reboot).JPG",
    "星\u202e.JPG",
    "L" * 200 + ".JPG",
    "HUGE.JPG",
    "DSC_0001.JPG",
)
CLAIM = 0xFFFFFFF0


def make_hostile() -> None:
    """Give files these names in turn, and the one its size, for as long as this process lives."""
    names, put = iter(NAMES), Card.put

    def put_badly(card: Card, item: CardObject) -> None:
        if item.format is not ObjectFormat.ASSOCIATION:
            item.name = next(names, "DSC_0002.JPG")
        put(card, item)

    def claimed(item: CardObject) -> int:
        if item.name == "HUGE.JPG":
            return CLAIM
        return 0 if item.content is None else item.content.size

    setattr(Card, "put", put_badly)  # noqa: B010 — checkers would have us believe that methods never change
    setattr(CardObject, "size", property(claimed))  # noqa: B010


if __name__ == "__main__":
    make_hostile()
    sys.exit(asyncio.run(run_twin(TwinSettings(port=0, speed=20.0, options=Options(), with_parent=True))))
