"""What a page shows when it has nothing to show: loading, empty, refused. Each says what it means and what to do."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from nightside.errors import NightsideError
from nightside.service.page.lasting import while_open
from nightside.service.page.markup import icon, tag
from nightside.service.page.visitor import Visitor

T = TypeVar("T")


def loading(what: str = "Loading…") -> None:
    """Something is on its way."""
    tag("p", what, "loading", role="status")


def empty(symbol: str, what: str, remedy: str = "") -> None:
    """There is nothing, and that is no fault. `symbol` names a Material icon."""
    with tag("div", classes="state", role="note"):
        icon(symbol)
        tag("p", what)
        if remedy:
            tag("p", remedy, "quiet")


def refused(error: NightsideError) -> None:
    """Something did not work: what, what it means for the night, and what to do."""
    with tag("div", classes="state fault", role="alert"):
        tag("strong", error.what)
        for more in (error.means, error.remedy):
            if more:
                tag("p", more)
        tag("p", error.code, "quiet")


def later(
    ask: Callable[[], Awaitable[T]],
    show: Callable[[T], None],
    what: str = "Loading…",
    offer: Callable[[NightsideError], None] | None = None,
) -> Callable[[], None]:
    """Show what is on its way, then what came of it, or why nothing did, with a way to try again. Gives a way to ask anew.

    For whatever takes longer than a page may take to be built. `show` fills the place that it is called in, and so does `offer`,
    which may have something better than to try the same again. Of what was asked for twice, what was asked for last is shown.
    """
    place, client = ui.element("div"), ui.context.client
    asked = 0

    async def asking(number: int) -> None:
        await client.connected()
        try:
            found = await ask()
        except NightsideError as error:
            if number != asked:
                return
            with _emptied(place):
                refused(error)
                if offer is not None:
                    offer(error)
                tag("button", "Try again", "button", type="button").on("click", again)
        else:
            if number == asked:
                with _emptied(place):
                    show(found)

    def again() -> None:
        nonlocal asked
        asked += 1
        with _emptied(place):
            loading(what)
        while_open(asking(asked), what)

    again()
    return again


def told(act: Callable[[], str]) -> None:
    """Do what a person asked for, and say what came of it, or why it was refused."""
    try:
        report(act())
    except NightsideError as error:
        report(f"{error.what} {error.remedy}", wrong=True)


def promptly(visitor: Visitor, act: Callable[[], Awaitable[None] | None]) -> Callable[[GenericEventArguments], Awaitable[None]]:
    """What a gesture does, unless it was made a while ago and comes only now: then that is said."""

    async def acted(event: GenericEventArguments) -> None:
        try:
            visitor.require_prompt(event.args)
        except NightsideError as error:
            report(f"{error.what} {error.remedy}", wrong=True)
            return
        doing = act()
        if doing is not None:
            await doing

    return acted


def report(says: str, *, wrong: bool = False) -> None:
    """Say something for a while, whatever else is shown."""
    ui.notification(says, type="negative" if wrong else None, position="top", timeout=8, close_button="Close")


def _emptied(place: Element) -> Element:
    place.clear()
    return place
