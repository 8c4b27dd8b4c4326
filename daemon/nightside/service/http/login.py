"""Logging in with a token, for browsers: a cookie that scripts cannot read, and a word that only our own page knows."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Cookie, Request, Response

from nightside.plan.values import Value
from nightside.service.http.access import Access
from nightside.service.http.doors import COOKIE
from nightside.service.http.problems import ALWAYS

router = APIRouter(prefix="/api/v1", responses=ALWAYS)


class LoggedIn(Value):
    """What a page needs to go on."""

    role: str
    csrf: str
    """To be sent as `X-CSRF-Token` with whatever changes something."""


@router.post("/login", tags=["access"])
async def log_in(
    request: Request, response: Response, token: Annotated[str, Body(embed=True, min_length=1, max_length=200)]
) -> LoggedIn:
    """Begin a browser's session."""
    access: Access = request.app.state.access
    session_id, session = access.log_in(token)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, session_id, httponly=True, samesite="strict", secure=secure, path="/")
    return LoggedIn(role=session.role.name.lower(), csrf=session.csrf)


@router.post("/logout", tags=["access"], status_code=HTTPStatus.NO_CONTENT)
async def log_out(request: Request, response: Response, session: Annotated[str, Cookie(alias=COOKIE)] = "") -> None:
    """End it."""
    access: Access = request.app.state.access
    access.log_out(session)
    response.delete_cookie(COOKIE, path="/")
