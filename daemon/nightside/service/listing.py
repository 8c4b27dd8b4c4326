"""Lists that come a page at a time, as values for whoever asks over HTTP."""

from nightside.ledger.records import FrameRecord, WindowEntry
from nightside.plan.values import Value


class Windows(Value):
    """A page of windows, latest first."""

    windows: list[WindowEntry]
    next: int | None
    """`before` of the next page; `None` where there is none."""


class Frames(Value):
    """A page of a window's files, in the order in which they were found."""

    frames: list[FrameRecord]
    next: int | None
    """`after` of the next page; `None` where there is none."""
