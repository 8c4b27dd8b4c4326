"""Values in words, each with its unit; what nobody told is said so."""

import re
from collections.abc import Mapping
from typing import Any

from nightside.engine.snapshot import DISARMED, Shutter, Snapshot, Told
from nightside.ledger.states import SessionPhase, WindowPhase

NOT_TOLD = "not told"

NEXT = {
    "shot": "The shutter opens",
    "exposure over": "The shutter closes",
    "window": "The window begins",
    "planning": "The next window is planned",
    "drain": "Frames come from the card",
    "a person's confirmation": "A person confirms what is asked above",
    DISARMED: "Nothing: no window is begun until a program is armed.",
}
"""What the engine calls what happens next."""

PHASES = {
    WindowPhase.PLANNED: "The window is armed.",
    WindowPhase.SHOOTING: "The window is being shot.",
    WindowPhase.SETTLING: "The card is looked at.",
    WindowPhase.DRAINING: "Frames come from the card.",
    WindowPhase.CLOSED: "The window is over.",
}
SESSIONS = {
    SessionPhase.FINDING: "The body is looked for.",
    SessionPhase.PLANNING: "The next window is planned.",
    SessionPhase.WAITING: "Waiting for the window to begin.",
    SessionPhase.WORKING: "A window is worked on.",
    SessionPhase.OVER: "Nothing more is planned.",
}
SHUTTERS = {Shutter.CLOSED: "Closed", Shutter.DUE: "About to open", Shutter.OPEN: "Open"}


def doing(now: Snapshot) -> str:
    """What goes on, in a sentence."""
    if now.paused:
        return "Paused: no further exposure is begun."
    if now.next == DISARMED and now.phase is None:
        return "Disarmed."
    return PHASES[now.phase] if now.phase is not None else SESSIONS[now.session_phase]


def sized(count: float | None) -> str:
    """Bytes, in the unit that suits them."""
    if count is None:
        return NOT_TOLD
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def told(value: object, unit: str = "") -> str:
    """A value of a body, with its unit."""
    return NOT_TOLD if value is None else f"{value}{unit}"


def body_facts(said: Told) -> list[tuple[str, str]]:
    """What a body last said of itself."""
    mains = {None: "", True: ", on mains", False: ", on battery"}[said.mains]
    card = NOT_TOLD if said.images_left is None else f"{said.images_left} frames left"
    if said.free_bytes is not None:
        card += f", {sized(said.free_bytes)} free"
    noise = {None: NOT_TOLD, True: "on: it doubles every exposure", False: "off"}[said.noise_reduction]
    return [
        ("Battery", told(said.battery_percent, " %") + mains),
        ("Card", card),
        ("Lens", told(said.lens)),
        ("Aperture", NOT_TOLD if said.aperture is None else f"f/{said.aperture:g}"),
        ("Mode dial", told(said.mode)),
        ("Release dial", told(said.dial)),
        ("Focus", told(said.focus)),
        ("Quality", told(said.quality)),
        ("Shutter speed", _speed(said.shutter)),
        ("Long-exposure NR", noise),
        ("Temperature", NOT_TOLD if said.temperature_c is None else f"{said.temperature_c:.0f} °C"),
    ]


def settings(known: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The settings of a shot, with their units."""
    says = {"shutter_s": ("Exposure", "{:g} s"), "iso": ("ISO", "{}"), "aperture": ("Aperture", "f/{:g}")}
    found: list[tuple[str, str]] = []
    for key, value in known.items():
        name, form = says.get(key, (key.replace("_", " ").capitalize(), "{}"))
        found.append((name, "as it was set" if value is None else form.format(value)))
    return found


def _speed(told_by_body: str | None) -> str:
    """A shutter speed in the body's words, such as `30.0000s`, as far as they are a number of seconds."""
    if told_by_body is None:
        return NOT_TOLD
    number = told_by_body.removesuffix("s")
    return f"{float(number):g} s" if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", number) else told_by_body


def stars(rating: int) -> str:
    """A rating: stars, or that it was rejected."""
    return "rejected" if rating < 0 else "★" * rating or "no stars"
