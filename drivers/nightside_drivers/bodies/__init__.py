"""What each body can and cannot do, as data: one TOML file a body, each fact with its source.

libgphoto2 offers what a body's protocol names, not what the body does (a D3s lists Bulb and refuses it), so the truth is kept
here and checked before the night. A body without an entry is given what its own choices prove, and nothing more.
"""

import functools
import math
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources

import msgspec

from nightside_drivers.api import Capabilities, ReleaseKind

SPEED_TOLERANCE = 0.04
"""Relative: bodies round their third stops, each in its own way (1/13 s is 0.0769 or 0.077)."""

GUESSED_GAP_S = 0.5
"""For an unknown body: generous, since a plan that waits a little loses less than one that trips over itself."""

GUESSED_FRAME_BYTES = 30_000_000
GUESSED_SENSOR_PX = (6000, 4000)


@functools.cache
def table() -> tuple[tuple[frozenset[str], Capabilities], ...]:
    """Every known body, with the model names by which it introduces itself."""
    folder = resources.files("nightside_drivers.bodies").joinpath("data")
    texts = sorted((entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return tuple(_entry(tomllib.loads(text)) for _, text in texts)


def find(maker: str, model: str) -> Capabilities | None:
    """The entry for a body as it names itself over PTP; `None` if there is none."""
    spoken = {model.strip().casefold(), f"{maker} {model}".strip().casefold()}
    return next((capabilities for names, capabilities in table() if names & spoken), None)


def unknown(model: str, speeds_s: Sequence[float], isos: Sequence[int]) -> Capabilities:
    """What a body without an entry has proved by its own choices (ascending): timed exposures by USB trigger."""
    return Capabilities(
        model=model,
        shutter_speeds_s=tuple(speeds_s),
        isos=tuple(isos),
        releases=frozenset({ReleaseKind.USB}),
        usb_gap_s=GUESSED_GAP_S,
        frame_bytes=GUESSED_FRAME_BYTES,
        sensor_px=GUESSED_SENSOR_PX,
        pixel_um=6.0,
        source="the body's own choices; sensor and frame size are guesses",
    )


def confronted(entry: Capabilities, speeds_s: Sequence[float], isos: Sequence[int]) -> Capabilities:
    """An entry after the body was asked: what it offers itself is what it takes, and where the two differ it is said.

    `speeds_s` and `isos` (ascending) are what the body offers now; empty where it does not say, and then the table stands.
    """
    doubts: list[str] = []
    changed = entry
    if speeds_s and not _same(speeds_s, entry.shutter_speeds_s):
        doubts.append(
            f"the body offers {len(speeds_s)} shutter speeds from {speeds_s[0]:g} to {speeds_s[-1]:g} s, the table "
            f"{len(entry.shutter_speeds_s)} up to {entry.longest_exposure_s:g} s"
        )
        changed = replace(changed, shutter_speeds_s=tuple(speeds_s))
    if isos and tuple(isos) != entry.isos:
        doubts.append(f"the body offers ISO {isos[0]} to {isos[-1]} in {len(isos)} steps, the table {len(entry.isos)} steps")
        changed = replace(changed, isos=tuple(isos))
    return replace(changed, doubts=tuple(doubts))


def _same(these: Sequence[float], those: Sequence[float]) -> bool:
    return len(these) == len(those) and all(
        math.isclose(this, that, rel_tol=SPEED_TOLERANCE) for this, that in zip(these, those, strict=True)
    )


def _entry(raw: dict[str, object]) -> tuple[frozenset[str], Capabilities]:
    names = frozenset(name.casefold() for name in msgspec.convert(raw.pop("names"), list[str]))
    return names, msgspec.convert(raw, Capabilities)
