"""Reading and writing a body's settings through libgphoto2's configuration widgets.

libgphoto2 shows every setting as a named widget whose choices are words: "1/250", "30.0000s", "f/5.6". Here words become
numbers, and every write is read back: a body may refuse in silence.
"""

import contextlib
import math
import re
from collections.abc import Callable, Iterator

import gphoto2 as gp

from nightside_drivers.errors import BodyBusy, BodyRefused
from nightside_drivers.gphoto.vendor_codes import translated
from nightside_drivers.gphoto.words import BULB

TOLERANCE = 0.02
"""How far a choice may lie from what was asked for, relatively: bodies write 1/3 s as 0.333 s."""

_NUMBER = re.compile(r"^\s*f?/?\s*(\d+(?:\.\d+)?)\s*(?:/\s*(\d+(?:\.\d+)?))?\s*s?\s*$", re.IGNORECASE)


def number(words: str) -> float | None:
    """The number in a choice: seconds, ISO or f-number. `None` for words such as Bulb, Auto or n/a."""
    found = _NUMBER.match(words)
    if found is None:
        return None
    numerator, denominator = float(found[1]), float(found[2] or 1)
    value = numerator / denominator if denominator else math.nan
    return value if math.isfinite(value) else None


class Settings:
    """The configuration of one open camera."""

    def __init__(self, camera: gp.Camera) -> None:
        """`camera` is open, and stays its opener's."""
        self._camera = camera
        with translated("list the camera's settings"):
            # `list_config` names what libgphoto2 knows, not what this body has: only the tree tells.
            self._names = frozenset(_leaves(camera.get_config()))

    def find(self, *names: str) -> str | None:
        """The first of several widget names that this body has."""
        return next((name for name in names if name in self._names), None)

    def read(self, *names: str) -> str | None:
        """What the first widget of these names says now; `None` where the body has none of them."""
        name = self.find(*names)
        if name is None:
            return None
        value = self._widget(name).get_value()
        return None if value is None else str(value)

    def words(self, *names: str) -> tuple[str, ...]:
        """The choices of the first widget of these names, in the body's words and order; none where it has no such widget."""
        name = self.find(*names)
        if name is None:
            return ()
        widget = self._widget(name)
        with translated(f"read the choices of {name}"):
            if widget.get_type() not in {gp.GP_WIDGET_RADIO, gp.GP_WIDGET_MENU}:
                return ()
            return tuple(widget.get_choice(index) for index in range(widget.count_choices()))

    def choices(self, *names: str) -> dict[str, float]:
        """The choices that mean a number, in the body's words and order."""
        return {word: value for word in self.words(*names) if (value := number(word)) is not None}

    def write(self, name: str, words: str) -> None:
        """Write one choice and read it back.

        Raises:
            BodyRefused: the body said no, or says something else afterwards.
        """
        widget = self._widget(name)
        with translated(f"set {name} to {words}"):
            if str(widget.get_value()) == words:
                return
            if widget.get_readonly():
                raise BodyRefused(
                    f"{name} is {widget.get_value()} and should be {words}, and this body does not let it be set over USB.",
                    remedy="Set it by hand on the body or the lens.",
                )
            widget.set_value(words)
            self._camera.set_single_config(name, widget)
        if (now := self.read(name)) != words:
            raise BodyRefused(f"{name} was set to {words}, and the body says {now}.", remedy="Check the mode dial.")

    def send(self, name: str, what: str | int) -> None:
        """Write to a widget that is an order rather than a setting: there is nothing to read back."""
        self.order(name)(what)

    def order(self, name: str) -> Callable[[str | int], None]:
        """Such a widget, at hand: whoever calls it sends at once, with nothing to ask of the body first."""
        widget = self._widget(name)

        def send(what: str | int) -> None:
            with translated(f"set {name} to {what}"):
                widget.set_value(what)
                self._camera.set_single_config(name, widget)

        return send

    def write_count(self, name: str, count: int) -> None:
        """Write a whole number to a widget that is a range, and read it back.

        Raises:
            BodyRefused: the body said no, has no room for it, or says something else afterwards.
        """
        widget = self._widget(name)
        with translated(f"set {name} to {count}"):
            if widget.get_value() == count:
                return
            least, most, _ = widget.get_range()
            if not least <= count <= most:
                raise BodyRefused(f"{name} goes from {least:.0f} to {most:.0f} on this body, not to {count}.")
            widget.set_value(float(count))
            self._camera.set_single_config(name, widget)
        if (now := self.read(name)) is None or float(now) != count:
            raise BodyRefused(f"{name} was set to {count}, and the body says {now}.")

    def write_bulb(self, names: tuple[str, ...]) -> None:
        """Set the shutter speed to Bulb, or find it there.

        Raises:
            BodyRefused: it is not, and cannot be set over USB.
        """
        if (self.read(*names) or "").casefold() == BULB:
            return
        for name in names:
            word = next((word for word in self.words(name) if word.casefold() == BULB), None)
            if word is None:
                continue
            with contextlib.suppress(BodyRefused):
                self.write(name, word)
                return
        raise BodyRefused(
            "This exposure is longer than the body times itself, and its shutter speed cannot be set to Bulb over USB.",
            remedy="Turn the shutter speed to Bulb by hand, with the mode dial on M.",
        )

    def write_number(self, names: tuple[str, ...], value: float, unit: str) -> float:
        """Write the choice that means `value`, and give what that choice means exactly.

        Raises:
            BodyRefused: there is no such widget, or no choice within 2 % of the value.
        """
        name = self.find(*names)
        choices = self.choices(*names)
        if name is None or not choices:
            raise BodyRefused(
                f"This body has no {names[0]} that can be set in its present mode.", remedy="Turn the mode dial to M."
            )
        words = min(choices, key=lambda word: abs(choices[word] - value))
        if not math.isclose(choices[words], value, rel_tol=TOLERANCE):
            raise BodyRefused(
                f"This body has no {names[0]} of {value:g}{unit}; the nearest is {choices[words]:g}{unit}.",
                remedy=f"Ask for {choices[words]:g}{unit}.",
            )
        self.write(name, words)
        return choices[words]

    def _widget(self, name: str) -> gp.CameraWidget:
        """One widget as it is now. A busy body describes nothing, and libgphoto2 then denies that it has the setting at all."""
        try:
            with translated(f"read {name}"):
                return self._camera.get_single_config(name)
        except BodyRefused as error:
            raise BodyBusy(f"The body has {name}, and did not describe it just now.", remedy="It is asked again.") from error


def _leaves(widget: gp.CameraWidget) -> Iterator[str]:
    if widget.get_type() in {gp.GP_WIDGET_WINDOW, gp.GP_WIDGET_SECTION}:
        for index in range(widget.count_children()):
            yield from _leaves(widget.get_child(index))
    else:
        yield widget.get_name()
