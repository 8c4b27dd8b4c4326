"""`Entrance`: who is let in to the pages, and what their browsers are told. Plain ASGI, in front of NiceGUI.

The same rules as the API's: from this machine, or with a session. Nobody else reaches NiceGUI at all, neither its files nor its
websocket, so that a stranger can make it build nothing. Of NiceGUI's own routes only those that our pages use are there.
"""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import quote

from fastapi import HTTPException
from fastapi.responses import RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nightside.service.http.access import Unauthorized
from nightside.service.http.doors import browsing
from nightside.service.http.guard import WEBSOCKET_REFUSED
from nightside.service.page.places import PATHS
from nightside.service.page.visitor import ROOMS, Rooms

OPEN = {"nightside.service.page.look": ("/look", "/favicon.ico", "/login")}
"""Routes for whoever may connect, as `Subjects` has them."""
SOCKET = "/_nicegui_ws/"
FILES = "/_nicegui/"
HEADERS = {
    # Vue compiles templates and NiceGUI evaluates handlers in the browser, and both put scripts and styles into the page itself:
    # without these three words nothing is drawn. No other origin is named, so nothing is ever loaded from one, or sent to one.
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Entrance:
    """ASGI, for whatever is none of the API's. What it leads to is reached only by whoever may see it, for what there is."""

    def __init__(self, app: ASGIApp, rooms: Rooms) -> None:
        """`app` is NiceGUI's."""
        self._app = app
        self._rooms = rooms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let somebody in, or show them where to log in.

        Raises:
            HTTPException: there is no such page.
            Unauthorized: they have to log in first.
        """
        connection = HTTPConnection(scope)
        inside = {**scope, ROOMS: self._rooms}

        def let_in() -> bool:
            return browsing(self._rooms.access, connection) is not None

        if scope["type"] == "websocket":
            if scope["path"].startswith(SOCKET) and let_in():
                await self._app(inside, _as_long_as(let_in, receive), send)
            else:
                await send({"type": "websocket.close", "code": WEBSOCKET_REFUSED})
            return
        path = scope["path"]
        if path not in PATHS and not path.startswith(FILES):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        if let_in():
            await self._app(inside, receive, _strictly(send))
        elif path in PATHS:
            wanted = f"{path}?{scope['query_string'].decode('latin-1')}".rstrip("?")
            await RedirectResponse(f"/login?to={quote(wanted)}", HTTPStatus.SEE_OTHER)(scope, receive, send)
        else:
            raise Unauthorized("From another machine the page wants a token.", remedy="Log in at /login.")


def _as_long_as(let_in: Callable[[], bool], receive: Receive) -> Receive:
    """What a browser sends, until its session ends or is revoked: a ping of every few seconds is what this is noticed by."""

    async def receiving() -> Message:
        message = await receive()
        return message if let_in() else {"type": "websocket.disconnect", "code": WEBSOCKET_REFUSED}

    return receiving


def _strictly(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return sending
