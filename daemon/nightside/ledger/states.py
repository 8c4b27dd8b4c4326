"""How far a session, a window, a shot and a frame can have come, and what may follow what: the one table of transitions.

    session  finding ─► planning ─► waiting ─► working ─► planning          finding ─► waiting or working          any ─► over
    window   planned ─► shooting ─► settling ─► draining ─► closed
    shot     planned ─► armed ─► exposed          planned, armed or exposed ─► missed(reason) ─► exposed, if its frame is found
    frame    on-card ─► drained ─► safe ─► deletable ─► deleted          on-card ─► gone
                        drained or on-card ◄─ safe or deletable, if a copy that was verified is lost          on-card ─► drained,
                        if the card has lost it meanwhile and another sink still holds it

A session is one body's watch from the start of the daemon to its end. It is not stored, since a restart begins another; what an
earlier one left is worked on as soon as the body is found. A window that is `planned` may be planned anew. A shot that is
`exposed` and turns `missed` is one whose frame never appeared on the card. After a kill, an `armed` shot may have been exposed or
not: recovery asks the card.

Phases say how far; whether it went well is an outcome, kept apart. A window's is `WindowOutcome`; a shot's is that it was exposed,
or the reason why it was missed.

A frame's state speaks of its card and its sinks. That its copy in the spool was removed is a fact beside it (`pruned_at`), and so
is a flag: why the file is kept and yet not counted as its shot.
"""

from enum import StrEnum


class SessionPhase(StrEnum):
    """How far one body's watch has come."""

    FINDING = "finding"
    """The body is looked for."""
    PLANNING = "planning"
    WAITING = "waiting"
    """For the window to begin."""
    WORKING = "working"
    """On a window: the window's own phase says at what."""
    OVER = "over"


class WindowOutcome(StrEnum):
    """How a window went, once it is closed."""

    WHOLE = "whole"
    """Every planned shot has its frame."""
    PARTIAL = "partial"
    MISSED = "missed"
    """None of them has."""
    STOPPED = "stopped"
    """Ended by hand, after a shot."""
    ABORTED = "aborted"
    """Ended by hand, at once."""


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
    """Every required sink holds a verified copy."""
    DELETABLE = "deletable"
    """It is to be deleted from the card: said before it is done."""
    DELETED = "deleted"
    """The card holds it no longer, because it was to be deleted."""
    GONE = "gone"
    """The card lost it before it could be drained, and no sink holds it."""


class Flag(StrEnum):
    """Why a file is kept and yet not counted as the frame of a shot."""

    STALE = "stale"
    """Its own time is not its shot's: the body gave an older one."""
    FOREIGN = "foreign"
    """Another body, or somebody's hand, made it."""
    TORN = "torn"
    """It is not whole, and the card has no better one."""
    KNOWN = "known"
    """The same bytes are kept already, under the name that they had before the ledger was damaged."""


class ArmingKind(StrEnum):
    """What is to be shot at the next windows."""

    CONFIGURED = "configured"
    """The configuration's programs."""
    PROGRAM = "program"
    """One that a person gave."""
    NOTHING = "nothing"
    """No window is begun."""


class FileKind(StrEnum):
    """What a file holds, by its extension."""

    NEF = "nef"
    JPEG = "jpeg"
    OTHER = "other"


def kind_of(name: str) -> FileKind:
    """The kind of a file that a body calls so."""
    extension = name.rpartition(".")[2].lower()
    return {"nef": FileKind.NEF, "jpg": FileKind.JPEG, "jpeg": FileKind.JPEG}.get(extension, FileKind.OTHER)


class ReadingKind(StrEnum):
    """What is measured while a window runs; the name says the unit."""

    BATTERY = "battery-percent"
    TEMPERATURE = "temperature-c"
    CLOCK_SIGMA = "clock-sigma-s"
    CLOCK_TRUST = "clock-trust"
    """A rank, higher for better (`nightside.engine.trust.Trust`)."""
    ELEMENT_AGE = "element-age-days"
    IMAGES_LEFT = "images-left"


SESSION_BEFORE: dict[SessionPhase, frozenset[SessionPhase]] = {
    SessionPhase.FINDING: frozenset(),
    SessionPhase.PLANNING: frozenset({SessionPhase.FINDING, SessionPhase.WAITING, SessionPhase.WORKING}),
    SessionPhase.WAITING: frozenset({SessionPhase.PLANNING, SessionPhase.FINDING, SessionPhase.WORKING}),
    SessionPhase.WORKING: frozenset({SessionPhase.WAITING, SessionPhase.PLANNING, SessionPhase.FINDING}),
    SessionPhase.OVER: frozenset(SessionPhase),
}

SHOT_BEFORE: dict[ShotState, frozenset[ShotState]] = {
    ShotState.ARMED: frozenset({ShotState.PLANNED, ShotState.ARMED}),
    ShotState.EXPOSED: frozenset({ShotState.ARMED}),
    ShotState.MISSED: frozenset({ShotState.PLANNED, ShotState.ARMED, ShotState.EXPOSED}),
}
"""From where each state may be entered. Arming again is what a restart does with a shot that is still to come."""

FRAME_BEFORE: dict[FrameState, frozenset[FrameState]] = {
    FrameState.DRAINED: frozenset({FrameState.ON_CARD}),
    FrameState.SAFE: frozenset({FrameState.DRAINED, FrameState.SAFE}),
    FrameState.DELETABLE: frozenset({FrameState.SAFE, FrameState.DELETABLE}),
    FrameState.DELETED: frozenset({FrameState.DELETABLE}),
    FrameState.GONE: frozenset({FrameState.ON_CARD}),
}
"""From where each state may be entered. What is said twice is what a restart does again."""

COPIED = frozenset({FrameState.SAFE, FrameState.DELETABLE, FrameState.DELETED})
"""States of a frame that every required sink holds: only then may the spool's copy go."""

FETCHED = COPIED | {FrameState.DRAINED}
"""States of a frame that was drained into the spool."""

WINDOW_BEFORE: dict[WindowPhase, frozenset[WindowPhase]] = {
    WindowPhase.SHOOTING: frozenset({WindowPhase.PLANNED, WindowPhase.SHOOTING}),
    WindowPhase.SETTLING: frozenset({WindowPhase.PLANNED, WindowPhase.SHOOTING, WindowPhase.SETTLING}),
    WindowPhase.DRAINING: frozenset({WindowPhase.SETTLING, WindowPhase.DRAINING}),
    WindowPhase.CLOSED: frozenset({WindowPhase.DRAINING}),
}
