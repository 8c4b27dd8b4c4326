"""The words for what goes wrong, as TOML and as Python. No behaviour.

[[fault]]
kind = "silent"        # what goes wrong
after_shots = 3        # when: `at` seconds after the start, `after_shots`, or with a `probability`; at once without any
seconds = 60           # for how long; for ever, when left out
"""

import tomllib
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec

FOR_EVER = 1e9
"""Seconds of clock time that nobody waits for."""


class BadFaults(ValueError):
    """Not faults, or not ones that make sense. Says what is wrong in a sentence."""


class Kind(StrEnum):
    """What goes wrong."""

    SILENT = "silent"
    """The body answers nothing; an exposure that is going on goes on."""
    BUSY = "busy"
    """Every operation is answered with Device Busy."""
    IN_PROGRESS = "in-progress"
    """The next `times` operations are answered with Device Busy, which libgphoto2 reports as −110."""
    DROP = "drop"
    """The connection breaks at byte `bytes` of a download."""
    TRUNCATE = "truncate"
    """The next `times` files end after `share` of their bytes; `hidden`: their ObjectInfo still claims them whole."""
    CORRUPT = "corrupt"
    """The next `times` files have wrong bytes in the middle."""
    EVENT_LOST = "event-lost"
    """The next `times` events with the code `event` never come."""
    EVENT_DOUBLED = "event-doubled"
    """The next `times` events with the code `event` come twice."""
    RAW_WITHOUT_JPEG = "raw-without-jpeg"
    """Of the next `times` pairs only the NEF is written."""
    JPEG_LATE = "jpeg-late"
    """Of the next `times` pairs the JPEG is written `seconds` after the NEF, and no event tells of it."""
    STALE_HANDLE = "stale-handle"
    """The next `times` deleted objects stay visible for `seconds`, although the body said that they were gone."""
    CARD_FULL = "card-full"
    """The card in `slot` has no room."""
    CARD_PULLED = "card-pulled"
    """The card in `slot` is out; the same card comes back after `seconds`."""
    CARD_PROTECTED = "card-protected"
    """The card in `slot` cannot be written."""
    CARD_SLOW = "card-slow"
    """Cards take `factor` times as long to write and to read."""
    BATTERY_LOW = "battery-low"
    """The battery falls to `percent`."""
    BATTERY_DEAD = "battery-dead"
    """The battery is empty: the shutter closes, what is in the buffer is lost, nobody answers."""
    ASLEEP = "asleep"
    """The body is asleep and off the bus until `seconds` have passed or somebody wakes it by its wired line."""
    POWER_CYCLE = "power-cycle"
    """The body is switched off, and on again after `seconds`."""
    CABLE_PULLED = "cable-pulled"
    """The connection is broken and no new one succeeds."""
    COUNTER_RESET = "counter-reset"
    """The file number starts again in a new folder."""
    CLOCK_WRONG = "clock-wrong"
    """The body's own clock is stepped by `offset_s`."""
    SHUTTER_STUCK = "shutter-stuck"
    """An open shutter does not close."""
    MIRROR_ERROR = "mirror-error"
    """The mirror is stuck: every release is refused with Hardware Error."""
    RELEASE_DEAD = "release-dead"
    """The wired line does nothing."""
    SYNC_DEAD = "sync-dead"
    """The sync contact stays open."""
    WRONG_DIAL = "wrong-dial"
    """Somebody turns the dial or switch behind `property` to `value`."""


_LASTING = frozenset({"seconds"})
_NEXT = frozenset({"times"})

PARAMETERS: MappingProxyType[Kind, frozenset[str]] = MappingProxyType(
    {
        Kind.SILENT: _LASTING,
        Kind.BUSY: _LASTING,
        Kind.IN_PROGRESS: _NEXT,
        Kind.DROP: _NEXT | {"bytes"},
        Kind.TRUNCATE: _NEXT | {"share", "hidden"},
        Kind.CORRUPT: _NEXT,
        Kind.EVENT_LOST: _NEXT | {"event"},
        Kind.EVENT_DOUBLED: _NEXT | {"event"},
        Kind.RAW_WITHOUT_JPEG: _NEXT,
        Kind.JPEG_LATE: _NEXT | _LASTING,
        Kind.STALE_HANDLE: _NEXT | _LASTING,
        Kind.CARD_FULL: _LASTING | {"slot"},
        Kind.CARD_PULLED: _LASTING | {"slot"},
        Kind.CARD_PROTECTED: _LASTING | {"slot"},
        Kind.CARD_SLOW: _LASTING | {"factor"},
        Kind.BATTERY_LOW: frozenset({"percent"}),
        Kind.BATTERY_DEAD: frozenset(),
        Kind.ASLEEP: _LASTING,
        Kind.POWER_CYCLE: _LASTING,
        Kind.CABLE_PULLED: _LASTING,
        Kind.COUNTER_RESET: frozenset(),
        Kind.CLOCK_WRONG: frozenset({"offset_s"}),
        Kind.SHUTTER_STUCK: _LASTING,
        Kind.MIRROR_ERROR: _LASTING,
        Kind.RELEASE_DEAD: _LASTING,
        Kind.SYNC_DEAD: _LASTING,
        Kind.WRONG_DIAL: _LASTING | {"property", "value"},
    }
)
"""Which parameters each kind takes, beside its trigger."""

_TRIGGERS = ("at", "after_shots", "probability")
_WHEN = frozenset({"kind", "moment", *_TRIGGERS})

LONGEST_STEP_S = 3_155_760_000.0
"""A hundred years."""

NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One thing that goes wrong, and when. Made in Python or read from TOML; `check` it before it is used."""

    kind: Kind
    at: NotNegative | None = None
    """Clock time (s) after the plan was laid."""
    after_shots: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Once so many shots were taken."""
    moment: Literal["opened", "closed"] = "closed"
    """Whether `after_shots` and `probability` look at a shot when its shutter opens or when it closes."""
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    """Chance at every opportunity: each request, event, file or download for the kinds with `times`, each shot otherwise."""
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """How often; once when left out, and without end for a fault with a probability."""
    seconds: NotNegative = FOR_EVER
    bytes: Annotated[int, msgspec.Meta(ge=0)] = 0
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    hidden: bool = False
    factor: Annotated[float, msgspec.Meta(ge=1)] = 10.0
    slot: Annotated[int, msgspec.Meta(ge=1)] = 1
    percent: Annotated[float, msgspec.Meta(ge=0, le=100)] = 5.0
    offset_s: Annotated[float, msgspec.Meta(ge=-LONGEST_STEP_S, le=LONGEST_STEP_S)] = 3600.0
    event: Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)] = 0x4002
    property: Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)] = 0
    value: int = 0


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: list[dict[str, Any]] = []


def check(said: dict[str, Any]) -> Fault:
    """A fault from plain values, as TOML and JSON give them. Raises `BadFaults`."""
    try:
        fault = msgspec.convert(said, Fault)
    except msgspec.ValidationError as cause:
        raise BadFaults(str(cause)) from cause
    strangers = set(said) - _WHEN - PARAMETERS[fault.kind]
    if strangers:
        raise BadFaults(f"{fault.kind} does not take {', '.join(sorted(strangers))}")
    if sum(getattr(fault, trigger) is not None for trigger in _TRIGGERS) > 1:
        raise BadFaults(f"{fault.kind} has more than one of {', '.join(_TRIGGERS)}")
    return fault


def read(path: Path) -> tuple[Fault, ...]:
    """The faults in a TOML file with tables `[[fault]]`. Raises `BadFaults` or `OSError`."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise BadFaults(f"{path}: {cause}") from cause
    try:
        tables = msgspec.convert(said, _File).fault
    except msgspec.ValidationError as cause:
        raise BadFaults(f"{path}: only tables [[fault]] belong into it: {cause}") from cause
    faults: list[Fault] = []
    for number, table in enumerate(tables, start=1):
        try:
            faults.append(check(table))
        except BadFaults as cause:
            raise BadFaults(f"{path}, fault {number}: {cause}") from cause
    return tuple(faults)
