"""`Observatory`: a running daemon's sky, in a process that is there while something is asked of it, and for a little longer.

    who asks ─► Observatory ─► socket ─► python -m nightside.observing ─► Dome ─► the answer

Nights are long, and what computes them (numpy, ERFA, SGP4, and what a search through a year leaves behind) is a quarter of what a
daemon would weigh. It is needed for some seconds before a window, and now and then while somebody looks. Besides, a search that
takes a core for ten seconds is not in the interpreter that hands over the shots.
"""

import pickle
import threading
from dataclasses import dataclass
from typing import TypeVar

import structlog

from nightside.errors import SkyUnanswered
from nightside.plan.programs import AnyProgram
from nightside.service.astronomer import ANSWER_S, Answer, Astronomer
from nightside.service.dome import Question

log = structlog.stdlib.get_logger()

T = TypeVar("T")

IDLE_S = 20.0
"""Machine seconds after which a process that nobody asks ends. A page that is looked at asks more often."""


@dataclass(frozen=True, slots=True)
class Setup:
    """By which configuration questions are answered."""

    settings: object
    """The configuration, for the process that answers; it can be pickled."""
    programs: tuple[AnyProgram, ...]
    """What to shoot in each window where nothing else is asked for."""
    gap_scale: float
    """Clock seconds in a machine second."""


class InForce:
    """The setup that is in force. Another may be put in its place, from any thread."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def put(self, setup: Setup) -> None:
        """Answer by this one from now on."""
        self.setup = setup

    @property
    def programs(self) -> tuple[AnyProgram, ...]:
        """What to shoot in each window where nothing else is asked for."""
        return self.setup.programs


class Observatory:
    """One at a time is answered. Who must not wait for others has an observatory to itself."""

    def __init__(self, in_force: InForce, astronomer: Astronomer | None = None) -> None:
        """`astronomer` is there already, if it is not `None`; else one is hired when something is asked."""
        self.in_force = in_force
        self._one = threading.Lock()
        self._astronomer = astronomer
        self._rest: threading.Timer | None = None
        self._closed = False

    def ask(self, question: Question[T]) -> T:
        """The answer by the setup that is in force. As `Sky` has it.

        Raises:
            SkyUnanswered: the process took too long, or ended by itself.
            NightsideError: what the question is refused for.
        """
        with self._one:
            self._stay()
            try:
                answer = self._asked(pickle.dumps((self.in_force.setup, question)))
            finally:
                self._rest_later()
        for level, event, about in answer.told:
            getattr(log, level)(event, **about)
        if answer.error is not None:
            raise answer.error
        given: T = answer.given
        return given

    def close(self) -> None:
        """Let the process go, whatever it is at. Who is being answered is refused, as is who asks afterwards."""
        self._closed = True
        if (astronomer := self._astronomer) is not None:
            astronomer.kill()
        with self._one:
            self._stay()
            self._end()

    def _asked(self, asked: bytes) -> Answer:
        """Ask it, and once more where the process has ended: it may have been the one that was in the way when memory ran out."""
        for tries_left in (1, 0):
            try:
                if self._astronomer is None and not self._closed:
                    self._astronomer = Astronomer()
                if self._astronomer is None or self._closed:  # looked at when whoever closes it can see him
                    raise SkyUnanswered("Nightside is stopping.", remedy="Ask again when it has been started.")
                return self._astronomer.ask(asked)
            except TimeoutError:
                self._end()
                raise SkyUnanswered(
                    f"The sky was not computed within {ANSWER_S:g} s, and the attempt was ended.",
                    means="What is planned already stands. What was asked for is not known.",
                    remedy="See whether this computer is overloaded; ask for less, such as a shorter range. It is tried again.",
                ) from None
            except (OSError, EOFError) as error:
                status = self._end()
                if not tries_left:
                    raise SkyUnanswered(
                        f"The process that computes the sky ended by itself{f' (status {status})' if status else ''}: {error}.",
                        means="What is planned already stands. What was asked for is not known.",
                        remedy="See whether this computer runs out of memory; its last words are on standard error.",
                    ) from error
        raise AssertionError("unreachable: the last try returns or raises")

    def _end(self) -> int | None:
        """End it; gives its exit status, where it had ended by itself."""
        astronomer, self._astronomer = self._astronomer, None
        return None if astronomer is None else astronomer.end()

    def _stay(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _rest_later(self) -> None:
        self._stay()
        if self._astronomer is None:
            return
        timer = threading.Timer(IDLE_S, self._retire)
        timer.daemon = True  # a daemon that ends does not wait for it
        self._rest = timer
        timer.start()

    def _retire(self) -> None:
        with self._one:
            if self._rest is threading.current_thread():
                self._rest = None
                self._end()
