"""Parts of a page that are drawn anew only when what they show has changed."""

from collections.abc import Callable
from typing import Generic, TypeVar

from nicegui import ui

T = TypeVar("T")
NOTHING = object()


class Part(Generic[T]):
    """One part, in the place in which it is made."""

    def __init__(self, of: Callable[[T], object], draw: Callable[[T], None], classes: str = "") -> None:
        """`of` gives what is shown of a value: while that stays equal, nothing is drawn."""
        self._of, self._draw = of, draw
        self._shown: object = NOTHING
        self._place = ui.element("div").classes(classes)

    def show(self, value: T) -> None:
        """Show a value."""
        shown = self._of(value)
        if shown != self._shown:
            self._shown = shown
            self._place.clear()
            with self._place:
                self._draw(value)
