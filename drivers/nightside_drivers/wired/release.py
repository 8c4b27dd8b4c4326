"""`WiredRelease`: presses the button of a body at an instant, for as long as asked, and hears when the shutter really opened.

It knows nothing of the body on the other end. Between press and letting go it does nothing but wait: no file traffic that
would end a bulb exposure on a real Nikon can come from this process meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass

from nightside_drivers.api import Contact
from nightside_drivers.clock import machine_now, pause, wait_until_machine
from nightside_drivers.errors import ContactMissing, TooLate
from nightside_drivers.wired.contact import ContactWatch
from nightside_drivers.wired.line import ReleaseLine

CLICK_S = 0.15
"""How long a button is pressed for one frame that the body times itself: a D3s wants some 50 ms to notice (unproven)."""

PREFOCUS_S = 0.3
"""How long the button is half pressed first, where that line is wired apart: the meter wakes meanwhile."""

CONTACT_WITHIN_S = 1.0
"""How long after the press a shutter may take to open before it counts as not opened."""

SETTLE_S = 0.3
"""How long after letting go the contact may take to open again."""

LOOK_S = 0.2
"""How often it is asked, while a button is held, whether to let go earlier."""

Sooner = Callable[[float], tuple[float, float] | None]
"""Of a button that was pressed at that machine time (s): when to let go and when all is over, where it is to be earlier."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """One press of the button (machine time, s)."""

    pressed_at: float
    let_go_at: float
    contacts: tuple[Contact, ...]


class WiredRelease:
    """One release line. Used by one thread."""

    def __init__(self, line: ReleaseLine, latency_s: float = 0.0) -> None:
        """`line` is not open yet. `latency_s`: how long (machine time) the shutter opens after the press, as was measured."""
        self.latency_s = latency_s
        self.line = line

    def open(self) -> None:
        """Take the line. Raises what `ReleaseLine.open` raises."""
        self.line.open()

    def close(self) -> None:
        """Let go and give the line back. Works twice, and on one that is gone."""
        self.line.close()

    def press(
        self, open_at: float, open_by: float, for_s: float, over_s: float | None = None, sooner: Sooner = lambda _: None
    ) -> Pressed:
        """Press so that the shutter opens at machine time `open_at`, let go `for_s` later, come back `over_s` after the press.

        What `sooner` gives meanwhile, asked every `LOOK_S`, brings both forward.

        Raises:
            TooLate: it is later than `open_by`; the button was not pressed.
            ContactMissing: the shutter did not open; the button was let go at once.
            ReleaseGone: the line is gone, and with it the press.
        """
        self.line.open()  # it was closed if the last press failed
        press_at = open_at - self.latency_s
        _refuse_if_late(open_at, open_by)
        try:
            if self.line.has_prefocus:
                wait_until_machine(press_at - PREFOCUS_S)
                self.line.half_press()
                _refuse_if_late(open_at, open_by)  # a serial server may have taken its time over it
            press = self._watched if self.line.has_contact else self._unwatched
            return press(press_at, for_s, max(for_s, over_s or 0.0), sooner)
        except BaseException:
            self.line.drop()  # whatever went wrong, the shutter closes
            raise

    def _unwatched(self, press_at: float, for_s: float, over_s: float, sooner: Sooner) -> Pressed:
        pressed_at = wait_until_machine(press_at)
        self.line.press()
        let_go_at = self._let_go(pressed_at, for_s, over_s, sooner)
        return Pressed(pressed_at, let_go_at, ())

    def _watched(self, press_at: float, for_s: float, over_s: float, sooner: Sooner) -> Pressed:
        with ContactWatch(self.line) as watch:
            pressed_at = wait_until_machine(press_at)
            self.line.press()
            if not watch.wait_open(CONTACT_WITHIN_S):
                raise watch.failure or _missing(stuck=watch.stuck)
            let_go_at = self._let_go(pressed_at, for_s, over_s, sooner)
            watch.wait_closed(SETTLE_S)
            return Pressed(pressed_at, let_go_at, watch.openings)

    def _let_go(self, pressed_at: float, for_s: float, over_s: float, sooner: Sooner) -> float:
        """Let go when it is time, and wait until all is over. Gives when it was let go."""
        let_go_at, over_at = pressed_at + for_s, pressed_at + over_s
        while let_go_at - machine_now() > 2 * LOOK_S:
            pause(LOOK_S)
            if (told := sooner(pressed_at)) is not None:
                let_go_at, over_at = min(let_go_at, told[0]), min(over_at, told[1])
        let_go_at = wait_until_machine(let_go_at)
        self.line.let_go()
        wait_until_machine(over_at)
        return let_go_at


def _refuse_if_late(open_at: float, open_by: float) -> None:
    if (now := machine_now()) > open_by:
        raise TooLate(f"The shutter should have opened {now - open_at:.1f} s earlier, and was left closed.")


def _missing(*, stuck: bool) -> ContactMissing:
    if stuck:
        return ContactMissing(
            "The sync contact was closed before the release was pressed, and stayed so: it tells of no opening.",
            means="Nobody knows whether this exposure was made; it was ended.",
            remedy="Look for a short in the sync cable, or turn its two wires round; until then say contact = false.",
        )
    return ContactMissing(
        f"The release was pressed for {CONTACT_WITHIN_S:g} s and the sync contact did not close.",
        means="This exposure was not made.",
        remedy="Is the body on, awake, its card not full, its autofocus off? Is the sync cable in?",
    )
