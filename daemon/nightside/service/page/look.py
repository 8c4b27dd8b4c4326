"""The page's own style, scripts and icon, and the page to log in with: plain files, for whoever may connect."""

import asyncio
import html
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import HTMLResponse

from nightside.service.page.held import address, files, stamp
from nightside.service.page.places import PATHS

TYPES = {".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml"}
FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
LOGIN_ONLY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

router = APIRouter(include_in_schema=False)


@router.get("/look/{which}/{name}")
async def look(which: str, name: str) -> Response:
    """One of the files. A page from before an update asks for what is no longer."""
    found = await asyncio.to_thread(files)
    if which != stamp() or name not in found:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return Response(found[name], media_type=TYPES[Path(name).suffix], headers=FOREVER)


@router.get("/favicon.ico")
async def icon() -> Response:
    """What browsers ask for by themselves."""
    found = await asyncio.to_thread(files)
    return Response(found["favicon.svg"], media_type=TYPES[".svg"], headers=FOREVER)


@router.get("/login")
async def login(to: str = "/") -> HTMLResponse:
    """Where those from other computers show their token."""
    onwards = to if to.partition("?")[0] in PATHS else "/"
    await asyncio.to_thread(files)
    style, page, script = (address(name) for name in ("page.css", "page.js", "login.js"))
    return HTMLResponse(_LOGIN.format(to=html.escape(onwards), style=style, page=page, login=script), headers=LOGIN_ONLY)


_LOGIN = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Nightside: log in</title>
<link rel="stylesheet" href="{style}"><script src="{page}" data-no-clock></script><script src="{login}" defer></script>
</head>
<body>
<main class="login">
<h1>Nightside</h1>
<p>From another computer a token is needed. <code>nightside token new phone --operate</code>, on the daemon's, makes one.</p>
<form data-to="{to}">
<p><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus></p>
<p><button class="button first">Log in</button></p>
</form>
<p id="said" role="status"></p>
</main>
</body>
</html>
"""
