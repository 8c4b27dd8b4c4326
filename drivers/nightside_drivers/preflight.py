"""What a body says of itself, turned into one line each for a person before the night. Pure.

What cannot be set over USB must be turned by hand, and only a person in front of the body can do it: dials, lens ring, switches.
"""

from dataclasses import dataclass

from nightside_drivers.api import BodyState, Capabilities, ClockOffset, Exposure, ReleaseKind

LEAST_BATTERY_PERCENT = 30
"""Below this a night is not begun on a battery: a D3s counts down fast from there (unproven)."""

RESERVE_PERCENT = 10
"""What should be left of a battery when a plan is over: it empties faster towards its end, and in the cold."""

LARGEST_OFFSET_S = 1.0
"""A body's clock further off than this dates its frames wrongly: the ground under a spacecraft moves 7 km in a second."""

MANUAL = frozenset({"M", "Manual", "Bulb"})
"""Positions of a mode dial at which the body leaves shutter and aperture to whoever sets them."""

FOCUS_MANUAL = frozenset({"manual", "mf", "mf (fixed)", "mf (selection)"})
ONE_BY_ONE = frozenset({"single shot", "single", "quiet release", "single silent", "single: silent shooting"})
BY_ITSELF = frozenset(
    {
        "burst",
        "continuous",
        "continuous low speed",
        "continuous high speed",
        "continuous silent",
        "super high speed continuous shooting",
    }
)
"""Positions of a release dial, in any case, at which one release takes frame after frame."""


DARK_BEYOND_S = 1.0
"""Long-exposure noise reduction acts on exposures that are longer (Nikon's manuals: slower than 1 s)."""


def dark_s(shutter_s: float, noise_reduction: bool | None) -> float | None:
    """How long a body works on the dark frame after an exposure: as long as that took; `None` where it takes none."""
    return shutter_s if noise_reduction and shutter_s > DARK_BEYOND_S else None


def busy_s(prepared: Exposure) -> float:
    """How long (s, as the body counts them) a body may be busy after an exposure that was prepared so, without being hung.

    A trigger over USB comes back when the body is ready, and a hand may have switched noise reduction on since it was prepared.
    Nobody turns to a menu in the middle of a burst, and by wire whoever presses does not wait for the body.
    """
    if prepared.release is ReleaseKind.USB:
        return dark_s(prepared.shutter_s, noise_reduction=True) or 0.0
    return (prepared.dark_s or 0.0) * prepared.frames


@dataclass(frozen=True, slots=True)
class Asked:
    """What tonight asks of a body."""

    exposure: Exposure
    frames: int
    """How many in all."""
    battery_percent: float | None = None
    """How much of a full battery the plan should take; `None` where nobody knows."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    subject: str
    good: bool
    says: str
    remedy: str = ""


def lines(
    state: BodyState, body: Capabilities, asked: Asked | None = None, offset: ClockOffset | None = None
) -> tuple[Line, ...]:
    """One line for everything that the body tells, in the order in which a person walks around it."""
    found = [
        _mode(state),
        _bulb(state, body, asked),
        _dial(state, asked),
        _focus(state),
        _lens(state, asked),
        _stabiliser(state),
        _off(state.noise_reduction, "noise", "Long-exposure noise reduction", "it doubles every exposure. Switch it off."),
        _off(state.delay, "delay", "Exposure delay mode", "every shutter would open late. Switch it off."),
        _power(state, asked),
        _room(state, asked),
        _clock(offset),
    ]
    doubts = [Line("body", good=True, says=f"The table and the body differ: {doubt}.") for doubt in body.doubts]
    return tuple(line for line in [*found, *doubts] if line is not None)


def _mode(state: BodyState) -> Line | None:
    if state.mode is None:
        return None
    good = state.mode in MANUAL
    return Line("mode", good, f"The mode dial is on {state.mode}.", "" if good else "Turn it to M.")


def _bulb(state: BodyState, body: Capabilities, asked: Asked | None) -> Line | None:
    """A held exposure needs the shutter speed at Bulb, which bodies without bulb over USB take from a hand only."""
    if asked is None or state.shutter is None or asked.exposure.release is not ReleaseKind.WIRED:
        return None
    if asked.exposure.shutter_s <= body.longest_exposure_s or ReleaseKind.USB_BULB in body.releases:
        return None
    good = "bulb" in {state.shutter.casefold(), (state.mode or "").casefold()}
    return Line("shutter", good, f"The shutter speed is {state.shutter}.", "" if good else "Turn it to Bulb by hand.")


def _dial(state: BodyState, asked: Asked | None) -> Line | None:
    if state.dial is None:
        return None
    several = asked is not None and asked.exposure.release in {ReleaseKind.BURST, ReleaseKind.HELD}
    good = state.dial.casefold() in (
        BY_ITSELF if several else ONE_BY_ONE | (BY_ITSELF if _one_frame_only(asked) else frozenset())
    )
    remedy = "Turn it to CL or CH." if several else "Turn it to S (single frame)."
    return Line("dial", good, f"The release dial is on {state.dial}.", "" if good else remedy)


def _one_frame_only(asked: Asked | None) -> bool:
    """On continuous, one USB trigger takes as many frames as the burst number says, and that is set to one."""
    return asked is None or asked.exposure.release is ReleaseKind.USB


def _focus(state: BodyState) -> Line | None:
    if state.focus is None:
        return None
    good = state.focus.casefold() in FOCUS_MANUAL
    remedy = "" if good else "Autofocus hunts in the dark and keeps the shutter closed: switch body and lens to manual."
    return Line("focus", good, f"The focus switch is on {state.focus}.", remedy)


def _lens(state: BodyState, asked: Asked | None) -> Line | None:
    if state.aperture is None:
        return None
    wanted = asked.exposure.aperture if asked else None
    good = wanted is None or abs(wanted - state.aperture) <= 0.05 * wanted
    remedy = "" if good else f"Turn the lens ring to f/{wanted:g}, if the aperture cannot be set over USB."
    return Line("lens", good, f"The aperture is f/{state.aperture:g}.", remedy)


def _off(on: bool | None, subject: str, what: str, why: str) -> Line | None:
    if on is None:
        return None
    return Line(subject, not on, f"{what} is {'on' if on else 'off'}.", f"With it {why}" if on else "")


def _stabiliser(state: BodyState) -> Line | None:
    """Most bodies do not tell: then a person is reminded of it."""
    if state.stabiliser is None and state.focus is not None:
        return Line(
            "stabiliser", good=True, says="It does not tell whether vibration reduction is on: the lens must have it off."
        )
    return _off(state.stabiliser, "stabiliser", "Vibration reduction", "it wanders on a tripod. Switch it off on the lens.")


def _power(state: BodyState, asked: Asked | None) -> Line | None:
    if state.mains:
        return Line("power", good=True, says="It runs from an AC adapter.")
    if state.battery_percent is None:
        return None
    takes = asked.battery_percent if asked else None
    if takes is not None and state.battery_percent - takes < RESERVE_PERCENT:
        says = f"The battery has {state.battery_percent} %, and the plan should take {takes:.0f} % of a full one."
        return Line("power", good=False, says=says, remedy="It will not last: put in a charged battery, or an AC adapter.")
    good = state.battery_percent >= LEAST_BATTERY_PERCENT
    sleeps = f", and goes to sleep after {state.meter_off}" if state.meter_off else ""
    remedy = "" if good else "Put in a charged battery, or an AC adapter."
    return Line("power", good, f"The battery has {state.battery_percent} %{sleeps}.", remedy)


def _room(state: BodyState, asked: Asked | None) -> Line | None:
    if state.images_left is None:
        return None
    good = asked is None or state.images_left >= asked.frames
    remedy = "" if good or asked is None else f"The plan needs {asked.frames}: put in an empty card, or drain this one."
    return Line("card", good, f"The card has room for {state.images_left} frames at {state.quality or 'this quality'}.", remedy)


def _clock(offset: ClockOffset | None) -> Line | None:
    if offset is None:
        return None
    good = abs(offset.seconds) <= LARGEST_OFFSET_S
    way = "ahead of" if offset.seconds > 0 else "behind"
    says = f"Its clock is {abs(offset.seconds):.2f} s ± {offset.sigma_s:.2f} s {way} UTC."
    return Line("clock", good, says, "" if good else "Set it to UTC in its menu, or frames carry a wrong time.")
