"""Holding a shutter open over USB, on widgets that do what libgphoto2's do: no twin is a Canon."""

from typing import cast

import gphoto2 as gp
import pytest

from nightside_drivers.clock import machine_now
from nightside_drivers.errors import BodyBusy, BodyRefused, TooLate
from nightside_drivers.gphoto import usb_release
from nightside_drivers.gphoto.settings import Settings
from nightside_drivers.gphoto.usb_release import Button, button, hold

NOW = ("None", "Press Half AF", "Press Full AF", "Press Half MF", "Press Full MF", "Release Half", "Release Full", "Release")
"""libgphoto2 2.5.34, config.c: _get_Canon_EOS_RemoteRelease."""
R6 = ("None", "Press Half", "Press Full", "Release Half", "Release Full", "Immediate", "Press 1", "Press 2", "Release 1")
"""Its dump canon-eos-r6.txt."""


class Widget:
    """One that holds a value."""

    def __init__(self, name: str, choices: tuple[str, ...] = ()) -> None:
        self.name, self.choices, self.value = name, choices, ""

    def get_name(self) -> str:
        return self.name

    def get_type(self) -> int:
        return gp.GP_WIDGET_RADIO if self.choices else gp.GP_WIDGET_TOGGLE

    def get_value(self) -> str:
        return self.value

    def set_value(self, value: str) -> None:
        self.value = value

    def count_choices(self) -> int:
        return len(self.choices)

    def get_choice(self, index: int) -> str:
        return self.choices[index]


class Tree:
    """All of a body's widgets."""

    def __init__(self, widgets: tuple[Widget, ...]) -> None:
        self.widgets = widgets

    def get_type(self) -> int:
        return gp.GP_WIDGET_WINDOW

    def count_children(self) -> int:
        return len(self.widgets)

    def get_child(self, index: int) -> Widget:
        return self.widgets[index]


class Body:
    """A body with these widgets, and its shutter. `busy` orders to let go are answered with busy."""

    def __init__(self, *widgets: Widget, busy: int = 0) -> None:
        self.widgets = {widget.name: widget for widget in widgets}
        self.told: list[str] = []
        self.busy = busy

    def get_config(self) -> Tree:
        return Tree(tuple(self.widgets.values()))

    def get_single_config(self, name: str) -> Widget:
        return self.widgets[name]

    def set_single_config(self, name: str, widget: Widget) -> None:
        if widget.value in {"Release", "Release Full", 0} and self.busy:
            self.busy -= 1
            raise gp.GPhoto2Error(gp.GP_ERROR_CAMERA_BUSY)
        self.told.append(f"{name}={widget.value}")


def settings(body: Body) -> Settings:
    return Settings(cast("gp.Camera", body))


def canon(busy: int = 0) -> Body:
    return Body(Widget("bulb"), Widget("eosremoterelease", NOW), busy=busy)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(canon(), Button("eosremoterelease", "Press Full MF", "Release"), id="a Canon today"),
        pytest.param(
            Body(Widget("bulb"), Widget("eosremoterelease", R6)),
            Button("eosremoterelease", "Immediate", "Release Full"),
            id="a Canon by an older libgphoto2",
        ),
        pytest.param(Body(Widget("bulb")), Button("bulb", 1, 0), id="a Nikon"),
    ],
)
def test_each_make_has_its_button(body: Body, expected: Button) -> None:
    assert button(settings(body)) == expected


def test_a_body_without_a_button_is_refused() -> None:
    with pytest.raises(BodyRefused, match="held open"):
        button(settings(Body(Widget("iso", ("100",)))))


def test_a_canons_button_is_pressed_without_autofocus_and_let_go_after_the_exposure() -> None:
    body = canon()
    at = machine_now()
    opened = hold(settings(body), at, at + 60, 0.05)
    assert body.told == ["eosremoterelease=Press Full MF", "eosremoterelease=Release"]
    assert machine_now() - opened >= 0.05


def test_a_body_that_is_busy_when_its_shutter_should_close_is_asked_until_it_does() -> None:
    body = canon(busy=3)
    at = machine_now()
    hold(settings(body), at, at + 60, 0.0)
    assert body.told[-1] == "eosremoterelease=Release"


def test_one_that_stays_busy_is_said_to_be_so_and_not_asked_for_ever() -> None:
    body = canon(busy=usb_release.LET_GO_TRIES)
    at = machine_now()
    with pytest.raises(BodyBusy):
        hold(settings(body), at, at + 60, 0.0)
    assert body.told == ["eosremoterelease=Press Full MF"]


def test_an_exposure_that_would_be_late_is_not_begun() -> None:
    body = canon()
    with pytest.raises(TooLate):
        hold(settings(body), machine_now() - 2, machine_now() - 1, 0.0)
    assert body.told == []
