"""`HostedRescue`: takes the rungs of the ladder for a body that lives in a child process."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from typing import Protocol

from nightside_drivers.finding import usb
from nightside_drivers.ladder import Rung
from nightside_drivers.proxy import Body, HostedBody
from nightside_drivers.signalling import tell
from nightside_drivers.surroundings import of_others

RESET_WITHIN_S = 15.0
"""How long (machine time) the reset of a port may take: the kernel gives a device five seconds to answer, some times over."""

DIES_WITHIN_S = 5.0
"""How long (machine time) a command that took too long is waited for after it was killed."""

POWER_WITHIN_S = 60.0
"""How long (machine time) the power command may take."""


class Rescue(Protocol):
    """Whoever can take rungs."""

    async def perform(self, rung: Rung) -> bool:
        """Take one rung. Whether there was anything to do: if not, the next one is tried at once. Never raises."""
        ...


class PlainRescue:
    """For any `Body`: a new session is all that can be had."""

    def __init__(self, body: Body) -> None:
        self._body = body

    async def perform(self, rung: Rung) -> bool:
        """Close, where that is meant."""
        if rung in {Rung.REOPEN, Rung.RESPAWN}:
            await self._body.close()
        return rung in {Rung.RETRY, Rung.REOPEN, Rung.RESPAWN}


class HostedRescue:
    """For a `HostedBody`: its process can be killed, its port reset, its power cut."""

    def __init__(self, body: HostedBody, port: str, serial: str | None = None, power: Sequence[str] = ()) -> None:
        """`port` and `serial` as configured. `power` is the command that cuts and restores the power, such as uhubctl's."""
        self._body = body
        self._port = port
        self._serial = serial
        self._power = tuple(power)

    async def perform(self, rung: Rung) -> bool:
        """Take one rung."""
        match rung:
            case Rung.RETRY:
                return True
            case Rung.REOPEN:
                await self._body.close()
                return True
            case Rung.PORT_RESET:
                return await self._reset_port()
            case Rung.RESPAWN:
                await self._body.kill()
                return True
            case Rung.POWER:
                return await self._cycle_power()
            case Rung.PERSON:
                return False

    async def _reset_port(self) -> bool:
        await self._body.kill()
        port = await asyncio.to_thread(usb.port_of, self._port, self._serial)
        device = usb.node(port) if port else None
        return device is not None and await _done(
            (sys.executable, "-m", "nightside_drivers.finding.usb", str(device)), RESET_WITHIN_S
        )

    async def _cycle_power(self) -> bool:
        if not self._power:
            return False
        await self._body.kill()
        return await _done(self._power, POWER_WITHIN_S)


async def _done(command: Sequence[str], within_s: float) -> bool:
    """Run a command; whether it ended well within that machine time. In a process: the kernel may hold whoever asks a bus."""
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, env=of_others())
    except OSError:
        return False
    try:
        async with asyncio.timeout(within_s):
            return await process.wait() == 0
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            tell(process, signal.SIGKILL)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DIES_WITHIN_S):
                    await process.wait()
