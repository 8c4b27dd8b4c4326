"""`[camera]`: which body, how it is reached, set and released."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from nightside.settings.table import Table


class SerialRelease(Table):
    """A wired release: a line of a serial port across the body's remote connector."""

    kind: Literal["serial"] = "serial"
    port: str
    """A device such as `/dev/ttyUSB0`, or the `rfc2217://host:port` of a serial server."""
    line: Literal["rts", "dtr"] = "rts"
    prefocus: Literal["rts", "dtr"] | None = None
    """The line that half-presses the button, where it is wired apart."""
    inverted: bool = False
    """Pressed while the line is low. Nothing can close such a release after a crash: wire it the other way if you can."""
    contact: bool = False
    """Whether the sync contact (hot shoe, PC socket) is wired to CTS."""
    latency_s: float = Field(default=0, ge=0, le=2)
    """How long (s) after the press the shutter opens; `nightside doctor --release` measures it."""

    @property
    def line_name(self) -> str:
        """What no other body may use: a port has one owner."""
        return self.port

    @model_validator(mode="after")
    def _lines_differ(self) -> Self:
        if self.prefocus == self.line:
            raise ValueError("the prefocus line is the release line itself")
        return self


class GpioRelease(Table):
    """A wired release: pins of a single-board computer, numbered as at the processor (BCM on a Raspberry Pi)."""

    kind: Literal["gpio"] = "gpio"
    pin: int = Field(ge=0, le=511)
    prefocus: int | None = Field(default=None, ge=0, le=511)
    """The pin that half-presses the button, where it is wired apart."""
    active_low: bool = False
    """Pressed while the pin is low."""
    contact: int | None = Field(default=None, ge=0, le=511)
    """The pin that the sync contact (hot shoe, PC socket) pulls to ground."""
    latency_s: float = Field(default=0, ge=0, le=2)
    """How long (s) after the press the shutter opens; `nightside doctor --release` measures it."""

    @property
    def line_name(self) -> str:
        """What no other body may use."""
        return f"pin {self.pin}"

    @model_validator(mode="after")
    def _pins_differ(self) -> Self:
        pins = [pin for pin in (self.pin, self.prefocus, self.contact) if pin is not None]
        if len(set(pins)) < len(pins):
            raise ValueError("one pin has two uses")
        return self


def _kind_of_release(found: dict[str, Any] | Table) -> str:
    """A table without a kind is a serial port's, as tables were before there was another."""
    return str(found.get("kind", "serial") if isinstance(found, dict) else getattr(found, "kind", "serial"))


AnyRelease = Annotated[
    Annotated[SerialRelease, Tag("serial")] | Annotated[GpioRelease, Tag("gpio")],
    Discriminator(
        _kind_of_release,
        custom_error_type="release_kind",
        custom_error_message="its kind is neither 'serial' (a serial port) nor 'gpio' (pins of this computer)",
    ),
]


class BodySettings(Table):
    """How the body is set for a window, beside its exposures. What is left out is left as it is; what it took is read back."""

    quality: str | None = None
    """`raw`, `jpeg`, `raw+jpeg`, or the body's own word."""
    white_balance: str | None = None
    """`daylight`, `auto`, `tungsten`, `shade`, `cloudy`, or the body's own word."""
    noise_reduction: Literal["off", "on"] | None = "off"
    """For long exposures: it doubles each of them."""
    delay: Literal["off", "on"] | None = "off"
    """Exposure delay: it moves every opening."""
    meter_off: str | None = "longest"
    """After how long the body goes to sleep: `longest`, `never`, or the body's own word."""
    restore: bool = False
    """Put all of it back at the end of a session."""


class Camera(Table):
    """Which body, and how to reach it."""

    driver: str = Field(default="gphoto", pattern=r"^[a-z0-9-]{1,40}$")
    """The name of an installed driver; `gphoto` is for every camera that libgphoto2 knows."""
    port: str = "usb:"
    """libgphoto2's path: `usb:`, `usb:001,004` or `ptpip:127.0.0.1:15740:15740`."""
    serial: str | None = None
    """The body must have this serial number."""
    model: str = "Nikon D3s"
    """For plans made while no body is connected."""
    lead_s: float = Field(default=20, ge=1, le=600)
    """How long (s) before the first shot of a window the body is connected and set up."""
    answer_within_s: float = Field(default=15, gt=0, le=300)
    """How long (s) a call may take, beyond the exposure itself, before the body's process is ended."""
    body_clock: Literal["measure", "set", "leave"] = "measure"
    """What is done about the body's own clock before each window: how far it is off is written down, and `set` sets it to UTC."""
    settings: BodySettings = BodySettings()
    release: AnyRelease | None = None
    """The wired release, where there is one."""
    power_hook: tuple[str, ...] = ()
    """A command that cuts the body's power and restores it, such as `["uhubctl", "-l", "1-1", "-a", "cycle"]`: tried before a
    person is called."""
