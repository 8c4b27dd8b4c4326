"""`Film`: live view as one answer that goes on: pictures in parts, which a browser shows in an `<img>`.

Live view has ended when the answer has, however that happens: the client leaves, or no longer takes what is sent; a window is about
to be armed; the daemon ends.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from nightside.focus.mjpeg import CONTENT_TYPE, part
from nightside.focus.viewfinder import Stream, Viewfinder
from nightside_drivers.api import Look
from nightside_drivers.errors import NightsideError

log = structlog.stdlib.get_logger()

TAKEN_S = 5.0
"""How long (machine time) a client may take to take a picture. Meanwhile nobody asks whether the body is needed."""


class Film(Response):
    """One client's. What stands against it is raised before anything is sent."""

    def __init__(self, viewfinder: Viewfinder, look: Look) -> None:
        """Nothing is opened before it is sent."""
        super().__init__(media_type=CONTENT_TYPE)
        self._viewfinder = viewfinder
        self._look = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look, and send, for as long as both go on."""

        async def promptly(message: Message) -> None:
            async with asyncio.timeout(TAKEN_S):
                await send(message)

        async with self._viewfinder.stream(self._look) as stream:
            answer = StreamingResponse(_parts(stream), media_type=CONTENT_TYPE)
            try:
                await answer(scope, receive, promptly)
            except* TimeoutError:
                log.info("live-view-dropped", why="Whoever looked took no more pictures.")


async def _parts(stream: Stream) -> AsyncGenerator[bytes]:
    async with aclosing(stream.pictures()) as pictures:
        try:
            async for shown in pictures:
                yield part(shown.jpeg)
        except NightsideError as error:
            log.info("live-view-ended", why=str(error))
