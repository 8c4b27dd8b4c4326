"""`GpioLine`: pins of a single-board computer that press a release button, and one that hears the sync contact. No timing here.

gpiozero is an optional extra, and is imported when a line is opened.
"""

import contextlib
import importlib
import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from nightside_drivers.clock import machine_now, pause
from nightside_drivers.errors import DriverMissing, NightsideError, ReleaseGone, ReleaseHeld

if TYPE_CHECKING:
    from gpiozero import DigitalInputDevice, OutputDevice
    from gpiozero.pins import Factory

FREE_WITHIN_S = 1.0
"""How long (machine time) a pin is waited for that somebody still holds: a warden lets go of it in a moment."""
FREE_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class GpioWiring:
    """How a release is wired to pins, by their numbers at the processor (BCM on a Raspberry Pi)."""

    pin: int
    prefocus: int | None = None
    """The pin that half-presses the button, where it is wired apart."""
    active_low: bool = False
    """Pressed while the pin is low, as where it sinks the opto-coupler's current."""
    contact: int | None = None
    """The pin that the sync contact pulls to ground; the pin's own resistor pulls it up."""


class Guard(Protocol):
    """Whoever lets the pins go when this process is gone."""

    @property
    def alive(self) -> bool:
        """Whether it is still there."""
        ...

    def close(self) -> None:
        """No longer needed."""
        ...


class Pins:
    """The release and prefocus pins, taken and up until told otherwise."""

    def __init__(self, wiring: GpioWiring, factory: "Factory | None") -> None:
        """Take them. `factory` is gpiozero's way to reach pins; without one, its own choice is taken."""
        from gpiozero import OutputDevice

        def output(pin: int) -> "OutputDevice":
            return OutputDevice(pin, active_high=not wiring.active_low, initial_value=False, pin_factory=factory)

        self.release = output(wiring.pin)
        try:
            self.prefocus = None if wiring.prefocus is None else output(wiring.prefocus)
        except BaseException:
            self.release.close()
            raise

    def let_go(self) -> None:
        """Both up."""
        self.release.off()
        if self.prefocus is not None:
            self.prefocus.off()

    def close(self) -> None:
        """Both up, and given back."""
        self.let_go()
        self.release.close()
        if self.prefocus is not None:
            self.prefocus.close()


class GpioLine:
    """A `ReleaseLine` on pins. Any of its methods raises `ReleaseGone` when they cannot be moved."""

    def __init__(self, wiring: GpioWiring, guard: Callable[[GpioWiring], Guard], factory: "Factory | None" = None) -> None:
        """Nothing is taken yet. `guard` is called before the pins are, so that they are never held without one."""
        self.wiring = wiring
        self._guarded = guard
        self._factory = factory
        self._guard: Guard | None = None
        self._pins: Pins | None = None
        self._contact: DigitalInputDevice | None = None

    @property
    def has_prefocus(self) -> bool:
        """Whether the half press is wired apart."""
        return self.wiring.prefocus is not None

    @property
    def has_contact(self) -> bool:
        """Whether the sync contact is on a pin."""
        return self.wiring.contact is not None

    def open(self) -> None:
        """Take the pins with the release up. Raises as `ReleaseLine.open` says."""
        if self._pins is not None:
            return
        with spoken(self.wiring, "taken"):
            self._factory = self._factory or chosen_factory()
        if self._guard is not None and not self._guard.alive:
            self.close()
        self._guard = self._guard or self._guarded(self.wiring)
        try:
            with spoken(self.wiring, "taken"):
                self._take()
        except NightsideError:
            self.drop()
            raise

    def close(self) -> None:
        """Let go, give the pins back, and send the guard home, who makes sure once more."""
        self.drop()
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.close()

    def drop(self) -> None:
        """Let go and give the pins back. The guard stays, since another one would take its time to come."""
        pins, self._pins = self._pins, None
        contact, self._contact = self._contact, None
        with contextlib.suppress(*troubles()):
            if pins is not None:
                pins.close()
        with contextlib.suppress(*troubles()):
            if contact is not None:
                contact.close()

    def press(self) -> None:
        """Close the release line."""
        with spoken(self.wiring, "moved"):
            self._opened().release.on()

    def let_go(self) -> None:
        """Open the release line, and the prefocus line with it."""
        with spoken(self.wiring, "moved"):
            self._opened().let_go()

    def half_press(self) -> None:
        """Close the prefocus line, where there is one."""
        with spoken(self.wiring, "moved"):
            prefocus = self._opened().prefocus
            if prefocus is not None:
                prefocus.on()

    def contact(self) -> bool:
        """Whether the sync contact is closed now."""
        with spoken(self.wiring, "read"):
            return self._contact is not None and self._contact.is_active

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self) -> None:
        from gpiozero import DigitalInputDevice

        self._pins = taken(self.wiring, self._factory)
        if self.wiring.contact is not None:
            self._contact = DigitalInputDevice(self.wiring.contact, pull_up=True, pin_factory=self._factory)

    def _opened(self) -> Pins:
        if self._pins is None:
            raise ReleaseGone(f"The release on GPIO {self.wiring.pin} is not open.", remedy="Open it first.")
        return self._pins


def chosen_factory() -> "Factory | None":
    """Gpiozero's way to reach pins: lgpio's, which goes through the kernel, unless GPIOZERO_PIN_FACTORY names another one."""
    from gpiozero import Device

    if os.environ.get("GPIOZERO_PIN_FACTORY"):
        Device.ensure_pin_factory()
        return Device.pin_factory
    from gpiozero.pins.lgpio import LGPIOFactory

    return LGPIOFactory()


def let_pins_go(wiring: GpioWiring, factory: "Factory | None") -> None:
    """Have the release up, whoever held its pins last. Raises what gpiozero raises, when somebody still does."""
    taken(wiring, factory).close()


def taken(wiring: GpioWiring, factory: "Factory | None") -> Pins:
    """The pins, waited for while somebody still has them, `FREE_WITHIN_S` at the most."""
    until = machine_now() + FREE_WITHIN_S
    while True:
        try:
            return Pins(wiring, factory)
        except troubles() as error:
            if not is_held(error) or machine_now() > until:
                raise
            pause(FREE_EVERY_S)


def troubles() -> tuple[type[Exception], ...]:
    """What gpiozero and the library below it raise, as far as they are here."""
    found: list[type[Exception]] = [OSError, ImportError]
    for module, name in (("gpiozero.exc", "GPIOZeroError"), ("lgpio", "error")):
        with contextlib.suppress(ImportError):
            found.append(getattr(importlib.import_module(module), name))
    return tuple(found)


def is_held(error: Exception) -> bool:
    """Whether somebody else has a pin."""
    return "busy" in str(error).casefold() or "in use" in str(error).casefold()


@contextlib.contextmanager
def spoken(wiring: GpioWiring, doing: str) -> Generator[None]:
    """Turn what gpiozero and the system raise into an error of ours."""
    try:
        yield
    except troubles() as error:
        if isinstance(error, ImportError):
            raise DriverMissing(
                f"A release by GPIO needs gpiozero and lgpio, and they are not all here: {error}.",
                means="No exposure by wire.",
                remedy="Install them with `pip install 'nightside[gpio]'`, or wire the release to a serial port.",
            ) from error
        if is_held(error):
            raise ReleaseHeld(
                f"Another program holds GPIO {wiring.pin}: {error}.",
                means="No exposure by wire before it is free.",
                remedy="End that program; `gpioinfo` names it.",
            ) from error
        raise ReleaseGone(
            f"The release on GPIO {wiring.pin} cannot be {doing}: {error}.",
            means="No exposure by wire before it can.",
            remedy="Check the pin's number, and that you may use /dev/gpiochip* (group gpio).",
        ) from error
