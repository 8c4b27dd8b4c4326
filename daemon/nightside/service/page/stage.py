"""NiceGUI, set up: the pages on its application, and that one mounted on the daemon's.

NiceGUI has one application to a process, with its routes, its open pages and its websocket: that is the only state here that is
not a browser's own. What belongs to one daemon comes with each request (`visitor`), so that nothing is mixed up where a process
runs two, as tests do.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from importlib import import_module
from typing import Any

from fastapi import FastAPI
from nicegui import app as nicegui
from nicegui import ui
from starlette.requests import Request

from nightside.errors import NightsideError
from nightside.service.page import held
from nightside.service.page.places import PLACES, Place
from nightside.service.page.shell import shell
from nightside.service.page.states import refused
from nightside.service.page.visitor import Visitor

RECONNECT_S = 6.0
"""How long (machine time) a page may be out of reach before it is forgotten, and loads anew when it is back.

It also sets the pace at which a lost link is noticed.
"""


@asynccontextmanager
async def running() -> AsyncGenerator[FastAPI]:
    """Keep NiceGUI going while the block runs; gives its application, to be reached through an `Entrance`."""
    stage = await asyncio.to_thread(_stage)
    if nicegui.is_started:
        yield stage
        return
    async with stage.router.lifespan_context(stage):
        yield stage


@cache
def _stage() -> FastAPI:
    """The application that NiceGUI's is mounted on; once in a process, as that is. Reads files."""
    stage = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for place in PLACES:
        ui.page(place.path, title=f"{place.name} · Nightside")(_builder(place))
    setting_up: Any = ui
    setting_up.run_with(
        stage,
        title="Nightside",
        favicon=held.favicon(),
        language="en-US",
        dark=True,
        binding_refresh_interval=None,  # nothing is bound: pages are told what has changed
        reconnect_timeout=RECONNECT_S,
        gzip_middleware_factory=None,  # it would press a megabyte on the event loop, to save what a browser keeps for ever anyway
        tailwind=False,
        show_welcome_message=False,
    )
    nicegui.config.socket_io_js_transports = ["websocket"]
    quasar: Any = nicegui.config
    quasar.quasar_config["loadingBar"]["skipHijack"] = True  # a bar for every request, which no reader can name
    return stage


def _builder(place: Place) -> Callable[[Request], Awaitable[None]]:
    async def build(request: Request) -> None:
        visitor = Visitor.of(request)
        with shell(visitor, place):
            try:
                page = await asyncio.to_thread(
                    import_module, f"{__package__}.{place.module}"
                )  # reads many files, the first time
                await page.show(visitor)
            except NightsideError as error:
                refused(error)

    return build
