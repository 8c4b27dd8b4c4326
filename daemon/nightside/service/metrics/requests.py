"""Requests to the API, counted by the route that answered them: never by what a client wrote, which may be anything."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nightside.clock import SystemClock
from nightside.service.metrics import table
from nightside.service.metrics.counts import Counts, Spread

NONE = "none"
"""The route of what was refused before it had one, or asks for what is not there."""


class Requests:
    """Counts for any number of applications."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self.count, self.answered = Counts(table.REQUESTS), Spread(table.ANSWERS)


class Counting:
    """ASGI middleware, around everything that may answer."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        """`app` answers; what it answers is counted in `requests`."""
        self._app = app
        self._requests = requests
        self._machine = SystemClock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it answer, and count what begins to be sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._machine.monotonic()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = str(getattr(scope.get("route"), "path_format", NONE))
                self._requests.count.add(route, str(message["status"]))
                self._requests.answered.add(self._machine.monotonic() - began, route)
            await send(message)

        await self._app(scope, receive, counted)
