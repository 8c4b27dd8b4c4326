"""The frame around every page: its name, the look, the connection, and the way to the other pages, where a thumb reaches it."""

from collections.abc import Generator
from contextlib import contextmanager

from nicegui import ui

from nightside.service.page.controls import Connection, Look
from nightside.service.page.held import address
from nightside.service.page.markup import icon, tag
from nightside.service.page.places import PLACES, Place
from nightside.service.page.visitor import Visitor


@contextmanager
def shell(visitor: Visitor, here: Place) -> Generator[None]:
    """Build the frame; what is built in the block is the page."""
    ui.add_head_html(_head())
    ui.add_body_html('<div class="boot" role="status">Nightside is loading…</div>')
    content = ui.context.client.content
    with ui.context.client.layout:
        with tag("header", classes="top").move(target_index=0):
            tag("h1", here.name)
            Look(logged_in=visitor.logged_in)
        Connection(visitor.rooms.life).move(target_index=1)
        with tag("nav", classes="places", aria_label="Pages").move(target_index=2):
            for place in PLACES:
                with tag("a", href=place.path, **({"aria_current": "page"} if place is here else {})):
                    icon(place.symbol)
                    tag("span", place.name)
    ui.skip_link(target=content)
    with content:
        yield


def _head() -> str:
    style, script = address("page.css"), address("page.js")
    return f'<meta name="theme-color" content="#000"><link rel="stylesheet" href="{style}"><script src="{script}"></script>'
