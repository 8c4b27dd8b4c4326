"""The control face as a server. Loopback is the place for it: whoever reaches it can do everything with the twin."""

import asyncio
from http import HTTPStatus

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.control.actions import ACTIONS, Behind
from nightside_drivers.twin.control.http import LONGEST_HEAD, BadRequest, HttpRequest, answer, read_request
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.following import hang_up
from nightside_drivers.twin.listening import Listening

PATIENCE_S = 10.0
"""Machine seconds for a whole request."""


class Control(Listening):
    """A running control face."""

    longest_line = LONGEST_HEAD

    def __init__(self, body: BodyModel, faults: FaultPlan) -> None:
        super().__init__()
        self._behind = Behind(body, faults)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._spawn(self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                try:
                    said = self._perform(await read_request(reader))
                except BadRequest as cause:
                    said = answer(HTTPStatus.BAD_REQUEST, {"error": str(cause)})
                writer.write(said)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ConnectionError):
            pass  # whoever it was, he is gone or does not speak HTTP
        finally:
            await hang_up(writer)

    def _perform(self, request: HttpRequest) -> bytes:
        action = ACTIONS.get((request.method, request.path))
        if action is None:
            known = ", ".join(f"{method} {path}" for method, path in ACTIONS)
            return answer(HTTPStatus.NOT_FOUND, {"error": f"there is no such thing here; there are {known}"})
        self._behind.body.settle()
        return answer(HTTPStatus.OK, action(self._behind, request.body))


async def serve_control(body: BodyModel, faults: FaultPlan, host: str = "127.0.0.1", port: int = 0) -> Control:
    """Start a control face; port 0 takes any free one. Raises `OSError` when the port is taken."""
    control = Control(body, faults)
    await control.start(host, port)
    return control
