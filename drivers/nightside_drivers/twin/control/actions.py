"""What the control face can see and do, as a table from method and path to a small function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from nightside_drivers.clock import VirtualClock
from nightside_drivers.twin import playback
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.cards import Card
from nightside_drivers.twin.control.http import BadRequest
from nightside_drivers.twin.facts import Lens
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import BadFaults, check

T = TypeVar("T")

COLDEST_C, HOTTEST_C = -100.0, 100.0
"""Between what it may be around a body."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What the control face works on."""

    body: BodyModel
    faults: FaultPlan


Action = Callable[[Behind, dict[str, Any]], object]


def truth(behind: Behind, said: dict[str, Any]) -> object:
    """The truth log, oldest first."""
    return [opening.as_json() for opening in behind.body.truth]


def state(behind: Behind, said: dict[str, Any]) -> object:
    """What the body is doing and holding."""
    body = behind.body
    body.refresh()
    return {
        "model": body.facts.file.model,
        "serial": body.options.serial,
        "utc": body.clock.utc().isoformat(),
        "instant": body.clock.monotonic(),
        "ahead_s": body.ahead_s,
        "on": body.on,
        "reachable": body.reachable,
        "silent": body.silent,
        "phase": body.shutter.phase,
        "sync": body.sync,
        "live_view": body.live.on,
        "focus": body.framing.focus.at,
        "battery_percent": body.charge.exact,
        "mains": body.charge.mains,
        "sensor_c": body.warmth.at(body.clock.monotonic()),
        "lens": body.framing.lens.name,
        "buffered_bytes": body.storing.buffered_bytes,
        "frames_left": body.frames_left,
        "cards": [_card_state(card) for card in body.bay.cards],
    }


def properties(behind: Behind, said: dict[str, Any]) -> object:
    """Every property's value, by its code in hexadecimal."""
    behind.body.refresh()
    return {f"{code:#06x}": behind.body.properties.get(code) for code in behind.body.facts.properties}


def dial(behind: Behind, said: dict[str, Any]) -> object:
    """Turn a dial, a switch or the lens: `property` as a number or in hexadecimal, and `value`."""
    code = _code(said)
    if code not in behind.body.properties:
        raise BadRequest(f"the body has no property {code:#06x}")
    value = said.get("value")
    if isinstance(value, bool) or not isinstance(value, int | str) or not behind.body.properties.fits(code, value):
        raise BadRequest(f"property {code:#06x} cannot be {value!r}")
    behind.body.dial(code, value)
    return {"property": f"{code:#06x}", "value": behind.body.properties.get(code)}


def press(behind: Behind, said: dict[str, Any]) -> object:
    """Close the wired line."""
    behind.body.button.press()
    return {"held": behind.body.button.held}


def let_go(behind: Behind, said: dict[str, Any]) -> object:
    """Open the wired line."""
    behind.body.button.let_go()
    return {"held": behind.body.button.held}


def cap(behind: Behind, said: dict[str, Any]) -> object:
    """Put the cap on the lens, or take it off: `on`."""
    behind.body.capped = _take(said, "on", bool)
    return {"capped": behind.body.capped}


def focus(behind: Behind, said: dict[str, Any]) -> object:
    """Turn the focus ring by hand: by so many `steps`, farther by positive ones."""
    ring = behind.body.framing.focus
    reached = ring.move(_take(said, "steps", int))
    return {"focus": ring.at, "reached": reached}


def lens(behind: Behind, said: dict[str, Any]) -> object:
    """Put another lens on: `name`, `focal_length_mm` and `f_number`, its widest aperture."""
    try:
        behind.body.mount(msgspec.convert(said, Lens))
    except msgspec.ValidationError as cause:
        raise BadRequest(f"not a lens: {cause}") from cause
    return said


def warmth(behind: Behind, said: dict[str, Any]) -> object:
    """How warm it is around the body: `ambient_c`."""
    ambient_c = _take(said, "ambient_c", float)
    if not COLDEST_C <= ambient_c <= HOTTEST_C:
        raise BadRequest(f"ambient_c: no camera works at {ambient_c:g} °C")
    behind.body.warmth.ambient_c = ambient_c
    return {"sensor_c": behind.body.warmth.at(behind.body.clock.monotonic())}


def cable(behind: Behind, said: dict[str, Any]) -> object:
    """Pull the cable, or put it back: `plugged`."""
    behind.body.plug(plugged=_take(said, "plugged", bool))
    return {"reachable": behind.body.reachable}


def power(behind: Behind, said: dict[str, Any]) -> object:
    """The power switch: `on`; or the battery: `battery_percent`, `mains`."""
    body = behind.body
    if "battery_percent" in said:
        body.charge.exact = float(min(100, max(0, _take(said, "battery_percent", float))))
    if "mains" in said:
        body.charge.mains = _take(said, "mains", bool)
    if "on" in said:
        body.switch(on=_take(said, "on", bool))
    elif body.charge.dead:
        body.switch(on=False)
    return {"on": body.on, "battery_percent": body.charge.exact}


def card(behind: Behind, said: dict[str, Any]) -> object:
    """A card, by `slot` from 1: `inserted`, `write_protected`, or how many `free_bytes` it has left."""
    bay = behind.body.bay
    slot = _take(said, "slot", int)
    if not 1 <= slot <= len(bay.cards):
        raise BadRequest(f"the body has no slot {slot}")
    chosen = bay.cards[slot - 1]
    if "inserted" in said:
        behind.body.insert(slot, inserted=_take(said, "inserted", bool))
    if "write_protected" in said:
        chosen.write_protected = _take(said, "write_protected", bool)
    if "free_bytes" in said:
        chosen.hoarded = 0
        chosen.hoarded = max(0, chosen.free_bytes - max(0, _take(said, "free_bytes", int)))
    return _card_state(chosen)


def erase(behind: Behind, said: dict[str, Any]) -> object:
    """Erase a picture with the buttons on the body: `slot` and `file`, as the state names it."""
    try:
        return {"files": playback.erase(behind.body, _take(said, "slot", int), _take(said, "file", str))}
    except playback.NotPossible as cause:
        raise BadRequest(str(cause)) from cause


def protect(behind: Behind, said: dict[str, Any]) -> object:
    """The key button of the body: `slot`, `file` and `on`."""
    slot, file, on = _take(said, "slot", int), _take(said, "file", str), _take(said, "on", bool)
    try:
        return {"files": playback.protect(behind.body, slot, file, on=on)}
    except playback.NotPossible as cause:
        raise BadRequest(str(cause)) from cause


def fault(behind: Behind, said: dict[str, Any]) -> object:
    """Let something go wrong, in the words of a fault file."""
    try:
        behind.faults.add(check(said))
    except BadFaults as cause:
        raise BadRequest(str(cause)) from cause
    return {}


def no_faults(behind: Behind, said: dict[str, Any]) -> object:
    """Let nothing go wrong any more."""
    behind.faults.end()
    return {}


def step_clock(behind: Behind, said: dict[str, Any]) -> object:
    """Step the body's own clock by `step_s`; on a virtual clock, `advance_s` lets time pass."""
    clock = behind.body.clock
    if "advance_s" in said:
        if not isinstance(clock, VirtualClock):
            raise BadRequest("only a virtual clock can be advanced")
        clock.advance(max(0.0, _take(said, "advance_s", float)))
        behind.body.settle()
    if "step_s" in said:
        behind.body.step_body_clock(_take(said, "step_s", float))
    return {"ahead_s": behind.body.ahead_s}


ACTIONS: Mapping[tuple[str, str], Action] = {
    ("GET", "/truth"): truth,
    ("GET", "/state"): state,
    ("GET", "/properties"): properties,
    ("POST", "/dial"): dial,
    ("POST", "/press"): press,
    ("POST", "/let-go"): let_go,
    ("POST", "/cap"): cap,
    ("POST", "/focus"): focus,
    ("POST", "/lens"): lens,
    ("POST", "/warmth"): warmth,
    ("POST", "/cable"): cable,
    ("POST", "/power"): power,
    ("POST", "/card"): card,
    ("POST", "/erase"): erase,
    ("POST", "/protect"): protect,
    ("POST", "/faults"): fault,
    ("DELETE", "/faults"): no_faults,
    ("POST", "/clock"): step_clock,
}


def _take(said: dict[str, Any], name: str, kind: type[T]) -> T:
    try:
        return msgspec.convert(said.get(name), kind)
    except msgspec.ValidationError as cause:
        raise BadRequest(f"{name}: {cause}") from cause


def _code(said: dict[str, Any]) -> int:
    code = said.get("property")
    if isinstance(code, str):
        try:
            return int(code, 16)
        except ValueError as cause:
            raise BadRequest(f"{code!r} is no property code") from cause
    return _take(said, "property", int)


def _card_state(each: Card) -> dict[str, object]:
    return {
        "storage_id": each.storage_id,
        "inserted": each.inserted,
        "write_protected": each.write_protected,
        "free_bytes": each.free_bytes,
        "files": [each.path(item) for item in each.objects.values() if item.content is not None],
    }
