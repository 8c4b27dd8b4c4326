"""Wishes on widgets that do what libgphoto2's do: no twin is a Sony, or a Nikon that is set to sleep soon."""

from typing import cast

import gphoto2 as gp
import pytest

from nightside_drivers.api import Applied, Setting
from nightside_drivers.gphoto import driver as module
from nightside_drivers.gphoto.driver import GphotoDriver
from nightside_drivers.gphoto.settings import Settings
from nightside_drivers.gphoto.wishes import Wishes, aim_at_card

NIKON_METER = ("4 seconds", "8 seconds", "1 minute", "10 minutes", "30 minutes")


class Widget:
    """A list of choices."""

    def __init__(self, name: str, choices: tuple[str, ...], value: str) -> None:
        self.name, self.choices, self.value = name, choices, value

    def get_name(self) -> str:
        return self.name

    def get_type(self) -> int:
        return gp.GP_WIDGET_RADIO

    def get_readonly(self) -> bool:
        return False

    def get_value(self) -> str:
        return self.value

    def set_value(self, value: str) -> None:
        if value not in self.choices:
            raise gp.GPhoto2Error(gp.GP_ERROR_BAD_PARAMETERS)
        self.value = value

    def count_choices(self) -> int:
        return len(self.choices)

    def get_choice(self, index: int) -> str:
        return self.choices[index]


class Body:
    """A body with one setting."""

    def __init__(self, widget: Widget) -> None:
        self.widget = widget

    def get_config(self) -> Widget:
        return self.widget

    def get_single_config(self, name: str) -> Widget:
        return self.widget

    def set_single_config(self, name: str, widget: Widget) -> None:
        pass


def settings(widget: Widget) -> Settings:
    return Settings(cast("gp.Camera", Body(widget)))


@pytest.mark.parametrize("before", ["10 minutes", "4 seconds", "30 minutes"])
def test_the_longest_is_the_longest_that_the_body_has(before: str) -> None:
    widget = Widget("meterofftime", NIKON_METER, before)
    (applied,) = Wishes(settings(widget)).apply({Setting.METER_OFF: "longest"})
    assert widget.value == "30 minutes"
    assert applied == Applied(Setting.METER_OFF, "longest", "longest", before)


@pytest.mark.parametrize("choices", [("Internal RAM", "Memory card"), ("sdram", "card", "card+sdram")])
def test_frames_go_to_the_card_by_each_makes_own_word_for_it(choices: tuple[str, ...]) -> None:
    widget = Widget("capturetarget", choices, choices[0])
    aim_at_card(settings(widget))
    assert widget.value == choices[1]


def test_a_body_that_tells_of_other_things_is_not_waited_for_longer_than_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A property that changes every second, say: none of them is the first file."""
    asked: list[int] = []
    monkeypatch.setattr(module, "machine_now", lambda: float(len(asked)))

    class Talkative:
        def wait_for_event(self, wait_ms: int) -> tuple[int, object]:
            asked.append(wait_ms)
            return (gp.GP_EVENT_UNKNOWN, "BatteryLevel changed") if wait_ms else (gp.GP_EVENT_TIMEOUT, None)

    driver = GphotoDriver()
    driver._camera = cast("gp.Camera", Talkative())
    assert driver.reported(3.0) == ()
    assert asked == [3000, 2000, 1000, 0]
