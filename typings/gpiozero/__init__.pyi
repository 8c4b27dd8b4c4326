from gpiozero.devices import Device
from gpiozero.exc import GPIOZeroError
from gpiozero.pins import Factory

class OutputDevice(Device):
    def __init__(
        self,
        pin: int | None = None,
        *,
        active_high: bool = True,
        initial_value: bool | None = False,
        pin_factory: Factory | None = None,
    ) -> None: ...
    def on(self) -> None: ...
    def off(self) -> None: ...

class DigitalInputDevice(Device):
    def __init__(self, pin: int | None = None, *, pull_up: bool | None = False, pin_factory: Factory | None = None) -> None: ...

__all__ = ["Device", "DigitalInputDevice", "GPIOZeroError", "OutputDevice"]
