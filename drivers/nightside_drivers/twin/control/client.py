"""The control face from the other side: a blocking client, for tests."""

import json
from http.client import HTTPConnection
from typing import Any

ANSWER_S = 10.0
"""Machine seconds that a twin has to answer in."""


class ControlRefused(ValueError):
    """The twin did not understand. Carries its sentence."""


class ControlClient:
    """Looks and reaches behind the scenes of a twin in another process."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        """`port` is the twin's control port."""
        self._where = (host, port)

    def truth(self) -> list[dict[str, Any]]:
        """Every opening of the shutter, oldest first; instants in clock time (s) and in UTC."""
        openings: list[dict[str, Any]] = self._ask("GET", "/truth")
        return openings

    def state(self) -> dict[str, Any]:
        """What the body is doing and holding."""
        return self._object("GET", "/state")

    def properties(self) -> dict[str, int | str]:
        """Every property's value, by its code such as "0x500d"."""
        return self._object("GET", "/properties")

    def dial(self, code: int, value: int | str) -> None:
        """Turn a dial, a switch or the lens."""
        self._ask("POST", "/dial", property=code, value=value)

    def press(self) -> None:
        """Close the wired line."""
        self._ask("POST", "/press")

    def let_go(self) -> None:
        """Open the wired line."""
        self._ask("POST", "/let-go")

    def cap(self, *, on: bool) -> None:
        """Put the cap on the lens, or take it off."""
        self._ask("POST", "/cap", on=on)

    def focus(self, steps: int) -> int:
        """Turn the focus ring by hand. Gives where it stands."""
        return int(self._object("POST", "/focus", steps=steps)["focus"])

    def lens(self, name: str, focal_length_mm: float, f_number: float) -> None:
        """Put another lens on; `f_number` is its widest aperture."""
        self._ask("POST", "/lens", name=name, focal_length_mm=focal_length_mm, f_number=f_number)

    def warmth(self, ambient_c: float) -> None:
        """How warm it is around the body (°C)."""
        self._ask("POST", "/warmth", ambient_c=ambient_c)

    def cable(self, *, plugged: bool) -> None:
        """Pull the cable, or put it back."""
        self._ask("POST", "/cable", plugged=plugged)

    def power(self, **chosen: bool | float) -> None:
        """`on`, `battery_percent` or `mains`."""
        self._ask("POST", "/power", **chosen)

    def card(self, slot: int = 1, **chosen: bool | int) -> dict[str, Any]:
        """`inserted`, `write_protected` or `free_bytes` of the card in a slot. Gives how it stands."""
        return self._object("POST", "/card", slot=slot, **chosen)

    def erase(self, file: str, slot: int = 1) -> list[str]:
        """Erase a picture with the buttons on the body; `file` as the state names it. Gives the files that are gone."""
        gone: list[str] = self._object("POST", "/erase", slot=slot, file=file)["files"]
        return gone

    def protect(self, file: str, slot: int = 1, *, on: bool = True) -> list[str]:
        """The key button of the body. Gives the files of that picture."""
        files: list[str] = self._object("POST", "/protect", slot=slot, file=file, on=on)["files"]
        return files

    def fault(self, kind: str, **said: object) -> None:
        """Let something go wrong, in the words of a fault file."""
        self._ask("POST", "/faults", kind=kind, **said)

    def no_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._ask("DELETE", "/faults")

    def step_clock(self, seconds: float) -> None:
        """Step the body's own clock."""
        self._ask("POST", "/clock", step_s=seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass on a virtual clock."""
        self._ask("POST", "/clock", advance_s=seconds)

    def _object(self, method: str, path: str, **said: object) -> dict[str, Any]:
        answered: dict[str, Any] = self._ask(method, path, **said)
        return answered

    def _ask(self, method: str, path: str, **said: object) -> Any:
        connection = HTTPConnection(*self._where, timeout=ANSWER_S)
        try:
            connection.request(method, path, json.dumps(said), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answered = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status >= 400:
            raise ControlRefused(answered["error"])
        return answered
