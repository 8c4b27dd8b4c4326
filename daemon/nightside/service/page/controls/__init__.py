"""Controls that the browser runs by itself: an instant in the chosen zone, a countdown, the deliberate gesture, the connection."""

from datetime import datetime
from typing import Literal

from nicegui.element import Element
from nicegui.events import GenericEventArguments, Handler

Form = Literal["minute", "time", "day"]
"""How much of an instant is written: 20:06, 20:06:34, or Tue, 3 Jul 2018, 20:06; each with UTC or local behind it."""


class Instant(Element, component="instant.js"):
    """An instant, written in UTC or in the browser's zone as the person has chosen, and always saying which."""

    def __init__(self, at: datetime, form: Form = "minute") -> None:
        """`at` is aware."""
        super().__init__()
        self.props["at"] = at.isoformat()
        self.props["form"] = form


class Countdown(Element, component="countdown.js"):
    """The time until an instant of the daemon's clock, counted down by the browser: it costs the daemon nothing."""

    def __init__(self, until: datetime, since: datetime | None = None) -> None:
        """With `since`, how much of it is over is shown as a bar."""
        super().__init__()
        self.props["until"] = until.isoformat()
        self.props["since"] = None if since is None else since.isoformat()


class Hold(Element, component="hold.js"):
    """A button that wants one deliberate gesture: held down for a while, or, from a keyboard, pressed twice."""

    def __init__(
        self, says: str, icon: str, on_act: Handler[GenericEventArguments], kind: Literal["danger", "emergency"]
    ) -> None:
        """`says` is what it does; `on_act` is called once for each gesture, with when it was made (ms of the daemon's clock)."""
        super().__init__()
        self._enabled = True
        self.props["says"] = says
        self.props["icon"] = icon
        self.props["kind"] = kind
        self.on("act", on_act)

    def enable(self, *, on: bool) -> None:
        """Whether it may be pressed now."""
        if self._enabled is not on:
            self._enabled = on
            self.props["disable"] = not on
            self.update()


class Box(Element, component="box.js"):
    """A box to type a number or a word into; `tell` is emitted with it once it is left, or Enter is pressed."""

    def __init__(self, given: str = "", *, number: bool = False) -> None:
        """`given` is what it holds at first."""
        super().__init__()
        self.props["given"] = given
        self.props["type"] = "number" if number else "text"


class Connection(Element, component="connection.js"):
    """Says when the daemon cannot be reached, when it is back, and when it was started anew meanwhile."""

    def __init__(self, life: str) -> None:
        """`life` is another in each life of the daemon."""
        super().__init__()
        self.props["life"] = life


class Look(Element, component="look.js"):
    """The theme and the zone of times, kept in the browser; and the way out, for those who logged in."""

    def __init__(self, *, logged_in: bool) -> None:
        super().__init__()
        self.props["logged-in"] = logged_in


class Picture(Element, component="picture.js"):
    """A frame's own preview, or why there is none."""

    def __init__(self, frame_id: int, alt: str, *, tile: bool = False) -> None:
        """`alt` says what is on it, for whoever does not see it."""
        super().__init__()
        self.props["src"] = f"/api/v1/gallery/frames/{frame_id}/picture?size={'tile' if tile else 'view'}"
        self.props["alt"] = alt
        self.props["tile"] = tile


class Histogram(Element, component="histogram.js"):
    """How often each shade occurs in a frame."""

    def __init__(self, frame_id: int) -> None:
        super().__init__()
        self.props["src"] = f"/api/v1/gallery/frames/{frame_id}/histogram"
