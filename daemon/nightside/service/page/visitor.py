"""What a page is given: the daemon's rooms, and who looks."""

import math
from dataclasses import dataclass

from starlette.requests import Request

from nightside.engine.commands import Command
from nightside.engine.desk import Answer
from nightside.errors import CommandRefused
from nightside.service.http.access import Access, Forbidden, Role
from nightside.service.http.doors import COOKIE, browsing
from nightside.service.offered import Offered

PROMPT_S = 3.0
"""Machine seconds that a gesture may take from a thumb to the daemon."""
ROOMS = "nightside.rooms"
"""Where a request's scope has them."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the pages of one daemon may ask, and tell; and who may."""

    offered: Offered
    access: Access
    life: str
    """Another in each life of the daemon, so that a page knows one when it comes back."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever looks at one open page."""

    rooms: Rooms
    request: Request

    @classmethod
    def of(cls, request: Request) -> "Visitor":
        """Whoever sent this request through the entrance."""
        return cls(request.scope[ROOMS], request)

    @property
    def offered(self) -> Offered:
        """All that may be asked and told."""
        return self.rooms.offered

    @property
    def role(self) -> Role | None:
        """What they may do now; nothing any more, once their token was revoked."""
        return browsing(self.rooms.access, self.request)

    @property
    def operates(self) -> bool:
        """Whether they may command."""
        return self.role is Role.OPERATE

    @property
    def logged_in(self) -> bool:
        """Whether they came with a token."""
        return self.rooms.access.session(self.request.cookies.get(COOKIE, "")) is not None

    def wanted(self, name: str) -> str:
        """What the address asks for under a name, as in `/frames?window=3`; empty, where it does not."""
        return self.request.query_params.get(name, "")

    def require_operator(self) -> None:
        """Refuse whoever may only look.

        Raises:
            Forbidden: they may only look.
        """
        if not self.operates:
            raise Forbidden(
                "You may look, and not command.", remedy="`nightside token new NAME --operate` makes a token that may."
            )

    def require_prompt(self, gesture: object) -> None:
        """Refuse a gesture that was made a while ago: the link was down meanwhile, and who made it has given it up.

        Args:
            gesture: when it was made, as the browser says: milliseconds of the daemon's clock since 1970.

        Raises:
            CommandRefused: it was made more than `PROMPT_S` ago, or nobody knows when.
        """
        clock = self.offered.library.clock
        scale = clock.instant(clock.machine(0.0) + 1.0)
        if not isinstance(gesture, int | float) or not math.isfinite(gesture):
            raise CommandRefused("When this was pressed is not known. Nothing has been done.", remedy="Load the page anew.")
        late_s = (clock.utc().timestamp() - gesture / 1000) / scale
        if late_s > PROMPT_S:
            raise CommandRefused(
                f"This was pressed {late_s:.0f} s ago, and reached nobody until now. Nothing has been done.",
                remedy="Press again if it is still wanted.",
            )

    def give(self, command: Command) -> list[Answer]:
        """Command the engine in their name.

        Raises:
            Forbidden: they may only look.
            CommandRefused: no such body is at work here.
        """
        self.require_operator()
        return self.offered.desk.give(command)
