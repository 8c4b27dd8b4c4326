"""The doors: what a request needs to be let in to watch, or to operate."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from nightside.engine.desk import Desk
from nightside.service.door import DOOR
from nightside.service.http.access import Access, Forbidden, Role, Unauthorized
from nightside.service.http.guard import LOOPBACK, SAFE
from nightside.service.library import Library
from nightside.service.offered import Offered
from nightside.service.outlook.outlooks import Outlooks
from nightside.service.stores import Stores

COOKIE = "nightside-session"
CSRF = "x-csrf-token"
SENT_BY = "sec-fetch-site"
"""Where browsers say whose page a request comes from; others send none."""
RELAYED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a proxy adds to a request that somebody else has sent it (RFC 7239, RFC 9110, and what was usual before them)."""


def role_of(request: Request) -> Role:
    """What whoever sends this request may do.

    Raises:
        Unauthorized: nothing, until a token is sent along.
        Forbidden: a browser's session does not prove that its own page sent it.
    """
    access: Access = request.app.state.access
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if token:
        role = access.role_of(token.strip()) if scheme.lower() == "bearer" else None
        if role is None:
            raise Unauthorized("This token is not known here.", remedy="`nightside token new` makes one.")
        return role
    session = access.session(request.cookies.get(COOKIE, ""))
    if session is not None and request.method not in SAFE and request.headers.get(CSRF) != session.csrf:
        raise Forbidden("The request does not come from the page that logged in.", remedy="Load the page again.")
    visiting = browsing(access, request)
    if visiting is not None:
        return visiting
    raise Unauthorized(
        "From another machine a token is needed.", remedy="`nightside token new` on the daemon's machine makes one."
    )


def browsing(access: Access, connection: HTTPConnection) -> Role | None:
    """What the browser at the other end may do: as its session says, or everything on this machine. `None`: nothing."""
    session = access.session(connection.cookies.get(COOKIE, ""))
    if session is not None:
        return session.role
    return Role.OPERATE if _from_here(access, connection) else None


def _from_here(access: Access, connection: HTTPConnection) -> bool:
    """Whether it comes from this computer, and no proxy on it says that somebody elsewhere is meant."""
    host = "" if connection.client is None else connection.client.host
    if host == DOOR:
        return True  # the kernel has said whose it is
    return host in LOOPBACK and access.trusts_loopback and not any(name in connection.headers for name in RELAYED)


async def watching(request: Request) -> None:
    """Let whoever may watch in."""
    role_of(request)


async def operating(request: Request) -> None:
    """Let whoever may operate in.

    Raises:
        Forbidden: they may only watch; or their browser was sent by a page of another site, which on this machine nothing else
            would keep from showing, say, live view as a picture of its own.
    """
    if request.headers.get(SENT_BY, "none") not in {"none", "same-origin"}:
        raise Forbidden("A page of another site may not command this daemon.", remedy="Use the daemon's own page.")
    if role_of(request) < Role.OPERATE:
        raise Forbidden(
            "This token may watch, and not operate.", remedy="`nightside token new NAME --operate` makes one that may."
        )


def offered(request: Request) -> Offered:
    """All that this daemon offers, for dependencies such as those below."""
    found: Offered = request.app.state.offered
    return found


async def _desk(request: Request) -> Desk:
    return offered(request).desk


async def _library(request: Request) -> Library:
    return offered(request).library


async def _outlooks(request: Request) -> Outlooks:
    return offered(request).outlooks


async def _stores(request: Request) -> Stores:
    return offered(request).stores


WATCHING = Depends(watching)
OPERATING = Depends(operating)
AtDesk = Annotated[Desk, Depends(_desk)]
InStores = Annotated[Stores, Depends(_stores)]
InLibrary = Annotated[Library, Depends(_library)]
AtOutlook = Annotated[Outlooks, Depends(_outlooks)]
