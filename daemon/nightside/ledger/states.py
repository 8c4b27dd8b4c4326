"""How far a window, a shot and a frame can have come, and what may follow what.

    window   planned ─► shooting ─► settling ─► draining ─► closed
    shot     planned ─► armed ─► exposed          planned, armed or exposed ─► missed(reason) ─► exposed, if its frame is found
    frame    on-card ─► drained ─► safe           on-card ─► gone

A shot that is `exposed` and turns `missed` is one whose frame never appeared on the card. After a kill, an `armed` shot may
have been exposed or not: recovery asks the card. Phases say how far; whether it went well is an outcome, kept apart.
"""

from enum import StrEnum


class WindowPhase(StrEnum):
    """How far a window has come."""

    PLANNED = "planned"
    SHOOTING = "shooting"
    SETTLING = "settling"
    DRAINING = "draining"
    CLOSED = "closed"


class ShotState(StrEnum):
    """How far a shot has come."""

    PLANNED = "planned"
    ARMED = "armed"
    EXPOSED = "exposed"
    MISSED = "missed"


class FrameState(StrEnum):
    """How far a frame's file has come."""

    ON_CARD = "on-card"
    DRAINED = "drained"
    SAFE = "safe"
    GONE = "gone"
    """The card lost it before it could be drained."""


SHOT_BEFORE: dict[ShotState, frozenset[ShotState]] = {
    ShotState.ARMED: frozenset({ShotState.PLANNED, ShotState.ARMED}),
    ShotState.EXPOSED: frozenset({ShotState.ARMED}),
    ShotState.MISSED: frozenset({ShotState.PLANNED, ShotState.ARMED, ShotState.EXPOSED}),
}
"""From where each state may be entered. Arming again is what a restart does with a shot that is still to come."""

FRAME_BEFORE: dict[FrameState, frozenset[FrameState]] = {
    FrameState.DRAINED: frozenset({FrameState.ON_CARD}),
    FrameState.SAFE: frozenset({FrameState.DRAINED, FrameState.SAFE}),
    FrameState.GONE: frozenset({FrameState.ON_CARD}),
}

WINDOW_BEFORE: dict[WindowPhase, frozenset[WindowPhase]] = {
    WindowPhase.SHOOTING: frozenset({WindowPhase.PLANNED, WindowPhase.SHOOTING}),
    WindowPhase.SETTLING: frozenset({WindowPhase.PLANNED, WindowPhase.SHOOTING, WindowPhase.SETTLING}),
    WindowPhase.DRAINING: frozenset({WindowPhase.SETTLING, WindowPhase.DRAINING}),
    WindowPhase.CLOSED: frozenset({WindowPhase.DRAINING}),
}
