"""A wired release as options: how it travels, as strings, to the process that will hold it."""

from collections.abc import Mapping

from nightside_drivers.wired.gpio_line import GpioLine, GpioWiring
from nightside_drivers.wired.line import ReleaseLine
from nightside_drivers.wired.release import WiredRelease
from nightside_drivers.wired.serial_line import Line, SerialLine, SerialWiring

Wiring = SerialWiring | GpioWiring


def release_options(wiring: Wiring, latency_s: float = 0.0) -> dict[str, str]:
    """The options by which `release_of` builds the same release in another process."""
    return (_of_serial(wiring) if isinstance(wiring, SerialWiring) else _of_gpio(wiring)) | {
        "release_latency_s": repr(latency_s)
    }


def release_of(options: Mapping[str, str]) -> WiredRelease | None:
    """The release that options name, not open yet; `None` where they name none.

    Raises:
        ValueError: they make no sense.
    """
    line = line_of(options)
    return None if line is None else WiredRelease(line, float(options.get("release_latency_s", "0")))


def line_of(options: Mapping[str, str]) -> ReleaseLine | None:
    """The line alone, not open yet; `None` where options name none. Raises as `release_of` does."""
    if options.get("release_pin"):
        from nightside_drivers.wired.warden import Warden

        return GpioLine(_gpio(options), Warden)
    if options.get("release_port"):
        return SerialLine(_serial(options))
    return None


def _of_serial(wiring: SerialWiring) -> dict[str, str]:
    return {
        "release_port": wiring.port,
        "release_line": wiring.line,
        "release_prefocus": wiring.prefocus or "",
        "release_inverted": _yes(wiring.inverted),
        "release_contact": _yes(wiring.contact),
    }


def _serial(options: Mapping[str, str]) -> SerialWiring:
    prefocus = options.get("release_prefocus")
    return SerialWiring(
        port=options["release_port"],
        line=Line(options.get("release_line", Line.RTS)),
        prefocus=Line(prefocus) if prefocus else None,
        inverted=options.get("release_inverted") == "yes",
        contact=options.get("release_contact") == "yes",
    )


def _of_gpio(wiring: GpioWiring) -> dict[str, str]:
    return {
        "release_pin": str(wiring.pin),
        "release_prefocus": _number(wiring.prefocus),
        "release_inverted": _yes(wiring.active_low),
        "release_contact": _number(wiring.contact),
    }


def _gpio(options: Mapping[str, str]) -> GpioWiring:
    prefocus, contact = options.get("release_prefocus"), options.get("release_contact")
    return GpioWiring(
        pin=int(options["release_pin"]),
        prefocus=int(prefocus) if prefocus else None,
        active_low=options.get("release_inverted") == "yes",
        contact=int(contact) if contact else None,
    )


def _yes(said: bool) -> str:
    return "yes" if said else "no"


def _number(pin: int | None) -> str:
    return "" if pin is None else str(pin)
