"""`Warden`: a process of its own that lets GPIO pins go when the process that holds them is gone, however that went.

A serial port falls when its holder dies. A GPIO line need not: the kernel says no more than that it "may revert to its default
state" (gpio-v2-get-line-ioctl), and Raspberry Pi's kernels keep what was last driven (raspberrypi/linux #6117, #6150), so that a
shutter would stay open. The warden waits for the end of a pipe whose other end the holder has: the kernel closes it, even after
kill −9. Then it takes the pins, drives them up, and gives them back as inputs.
"""

import argparse
import os
import signal
import subprocess
import sys
from types import FrameType

from nightside_drivers.errors import NightsideError, ReleaseGone
from nightside_drivers.wired.gpio_line import GpioWiring, chosen_factory, let_pins_go, spoken

READY = b"ready\n"
LEAVE_WITHIN_S = 5.0
"""How long (machine time) a warden has to let the pins go and leave."""


class Warden:
    """A `Guard` over pins (nightside_drivers.wired.gpio_line). Started before the pins are taken."""

    def __init__(self, wiring: GpioWiring) -> None:
        """Start it, and come back when it is ready.

        Raises:
            ReleaseGone: it did not start, so that nothing would close the shutter after a kill.
        """
        words = ["-m", "nightside_drivers.wired.warden", f"--pin={wiring.pin}"]
        if wiring.prefocus is not None:
            words.append(f"--prefocus={wiring.prefocus}")
        if wiring.active_low:
            words.append("--active-low")
        # In a session of its own: Ctrl-C and a service manager's signals must not end it before its work is done.
        self._process = subprocess.Popen(
            [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        said = self._process.stdout.readline() if self._process.stdout else b""
        if said != READY:
            self.close()
            raise ReleaseGone(
                f"The process that guards GPIO {wiring.pin} did not start.",
                means="No exposure by wire: nothing would close the shutter after a crash.",
                remedy="What it said is in the log.",
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still waits."""
        return self._process.poll() is None

    def close(self) -> None:
        """Have it let the pins go once more, and leave."""
        self.leave()

    def leave(self) -> int:
        """The same, and its exit code."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            return self._process.wait(LEAVE_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def main() -> int:
    """Entry point of the process: `python -m nightside_drivers.wired.warden`, started by `Warden` alone."""
    arguments = argparse.ArgumentParser(description="Lets a release's GPIO pins go when whoever holds them is gone.")
    arguments.add_argument("--pin", type=int, required=True)
    arguments.add_argument("--prefocus", type=int)
    arguments.add_argument("--active-low", action="store_true")
    options = arguments.parse_args()
    wiring = GpioWiring(options.pin, options.prefocus, options.active_low)
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, _not_yet)
    try:
        with spoken(wiring, "guarded"):
            factory = chosen_factory()  # imports now: there is no time later
            sys.stdout.buffer.write(READY)
            sys.stdout.buffer.flush()
            while os.read(sys.stdin.fileno(), 1):
                pass
            let_pins_go(wiring, factory)
            if factory is not None:
                factory.close()
    except NightsideError as error:
        sys.stderr.write(f"nightside release guard: {error}\n")
        return error.exit_code
    return 0


def _not_yet(number: int, frame: FrameType | None) -> None:
    """A signal changes nothing: it leaves by itself when the holder has."""


if __name__ == "__main__":
    sys.exit(main())
