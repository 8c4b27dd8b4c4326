"""Cards whose values are asked for again and again while the page is open, and drawn anew only when they differ."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from nicegui import ui

from nightside.errors import NightsideError
from nightside.service.page.markup import card
from nightside.service.page.states import loading, refused

T = TypeVar("T")


class Renewed(Generic[T]):
    """One card: loading at first, then what was found, or why nothing was."""

    def __init__(self, title: str, ask: Callable[[], Awaitable[T]], draw: Callable[[T], None], classes: str = "") -> None:
        """`draw` fills the place that it is called in. Nothing is asked before `renew`."""
        self._ask, self._draw = ask, draw
        self._shown: object = self
        with card(title, classes):
            self._place = ui.element("div")
        with self._place:
            loading()

    async def renew(self) -> None:
        """Ask, and show what has changed."""
        try:
            found = await self._ask()
        except NightsideError as error:
            if str(error) != self._shown:
                self._shown = str(error)
                self._place.clear()
                with self._place:
                    refused(error)
            return
        if found != self._shown:
            self._shown = found
            self._place.clear()
            with self._place:
                self._draw(found)
