"""What changed between two plans for the same night: when elements were refreshed, or a program was edited. Pure."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from nightside.errors import ProgramRefused
from nightside.plan.values import Plan, Shot

DERIVED = ("id", "expected_bytes", "armed", "overlaps")
"""What `nightside plan --json` prints beside the plan's own fields."""
NOTICEABLE_S = 0.0005


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise."""

    what: str
    before: str
    after: str
    by_s: float | None = None
    """How much later it is, where it is an instant."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that is otherwise. Empty, where only the elements are newer."""

    changes: tuple[Change, ...]
    earliest_s: float
    """The least by which a shot that both plans have was moved (s): negative where it is earlier now."""
    latest_s: float
    """The most."""
    moved: int
    """Shots at another instant."""


def changes(before: Plan, after: Plan) -> Changes:
    """What `after` has otherwise than `before`; shots are compared by their index."""
    found = [
        *_edges(before, after),
        *_words("program", before.program, after.program),
        *_words("body", before.body, after.body),
        *_words("shots", str(len(before.shots)), str(len(after.shots))),
        *_words("settings", _settings(before), _settings(after)),
        *_words("overrun", before.overrun, after.overrun),
        *_words("known to", f"±{before.span.uncertainty_s:.1f} s", f"±{after.span.uncertainty_s:.1f} s"),
        *_words("by hand", "; ".join(before.by_hand), "; ".join(after.by_hand)),
        *_words("prompts", _prompts(before), _prompts(after)),
    ]
    offsets = [_later(old, new) for old, new in zip(before.shots, after.shots, strict=False)]
    moved = sum(abs(offset) > NOTICEABLE_S for offset in offsets)
    return Changes(tuple(found), min(offsets), max(offsets), moved)


def read_saved(text: str, source: str) -> Plan:
    """A plan as `nightside plan --json` printed it, or as it was stored.

    Raises:
        ProgramRefused: it is none.
    """
    try:
        raw: Any = json.loads(text)
        if isinstance(raw, dict):
            raw = {name: value for name, value in raw.items() if name not in DERIVED}  # pyright: ignore[reportUnknownVariableType]
        return Plan.model_validate(raw)
    except (ValueError, RecursionError, ValidationError) as error:
        raise ProgramRefused(
            f"{source} holds no plan: {str(error).splitlines()[0]}.",
            remedy="Save one with `nightside plan --json > plan.json`.",
        ) from error


def _edges(before: Plan, after: Plan) -> list[Change]:
    edges = (("window start", before.span.start, after.span.start), ("window end", before.span.end, after.span.end))
    return [
        Change(what, f"{old:%H:%M:%S.%f}"[:-3], f"{new:%H:%M:%S.%f}"[:-3], (new - old) / timedelta(seconds=1))
        for what, old, new in edges
        if abs((new - old) / timedelta(seconds=1)) > NOTICEABLE_S
    ]


def _words(what: str, before: str, after: str) -> list[Change]:
    return [] if before == after else [Change(what, before or "none", after or "none")]


def _settings(plan: Plan) -> str:
    """Every different setting, in the order in which they come."""
    found = dict.fromkeys(
        (shot.exposure.shutter_s, shot.exposure.iso, shot.exposure.aperture, shot.release) for shot in plan.shots
    )
    return ", ".join(
        f"{shutter_s:g} s{'' if iso is None else f' ISO {iso}'}{'' if aperture is None else f' f/{aperture:g}'} {release}"
        for shutter_s, iso, aperture, release in found
    )


def _prompts(plan: Plan) -> str:
    return "; ".join(f"before shot {prompt.before}: {prompt.says}" for prompt in plan.prompts)


def _later(before: Shot, after: Shot) -> float:
    return (after.open_at - before.open_at) / timedelta(seconds=1)
