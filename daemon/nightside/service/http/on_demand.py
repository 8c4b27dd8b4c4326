"""`OnDemand`: an application that is made when somebody asks it something.

FastAPI and what it makes of our routes are a fifth of a daemon's memory and of the work of its start, and many nights pass in
which nobody asks. Until then there is this. What is refused at the start, such as a certificate, is looked at by whoever serves it.
"""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class OnDemand:
    """ASGI: passes everything on to an application that its first request has made. Those that come meanwhile wait for it."""

    def __init__(self, make: Callable[[], Awaitable[ASGIApp]]) -> None:
        """`make` is called on the event loop, and again where it has failed."""
        self._make = make
        self._made: ASGIApp | None = None
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it answer."""
        if self._made is None:
            async with self._turn:
                if self._made is None:
                    self._made = await self._make()
        await self._made(scope, receive, send)
