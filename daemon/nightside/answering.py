"""Answering a daemon's questions, one after the other, over a socket. Loads everything that computes.

Messages are pickles, over a socket that the daemon has made for this process: both ends are this program. What is said to the log
meanwhile goes with the answer, to the daemon's.
"""

import pickle
import socket
from collections.abc import MutableMapping
from typing import Any

import structlog

from nightside.errors import NightsideError
from nightside.nights import planner_of
from nightside.plan.planner import Planner
from nightside.service.astronomer import LENGTH, Answer, received
from nightside.service.dome import Dome, Question
from nightside.service.observatory import Setup
from nightside.settings import Settings

Lines = list[tuple[str, str, dict[str, Any]]]
HEARD = frozenset({"info", "warning", "error", "critical"})


def serve(connection: socket.socket) -> None:
    """Answer until nobody is left."""
    told: Lines = []
    structlog.configure(processors=[_into(told)])
    answering = _Answering()
    while True:
        try:
            setup, question = pickle.loads(received(connection.recv))  # noqa: S301 — the daemon that has started us
        except (EOFError, ConnectionError):
            return
        given, error = answering.to(setup, question)
        said = pickle.dumps(Answer(given, error, tuple(told)))
        told.clear()
        try:
            connection.sendall(LENGTH.pack(len(said)) + said)
        except OSError:  # nobody is left who wants to know
            return


class _Answering:
    """With a dome for the last setup that was asked by."""

    def __init__(self) -> None:
        self._by: Setup | None = None
        self._dome: Dome | None = None

    def to(self, setup: Setup, question: Question[object]) -> tuple[object, NightsideError | None]:
        """What is given, or what it is refused for."""
        try:
            if self._dome is None or setup != self._by:
                self._by, self._dome = setup, Dome(_planner(setup))
            return question.answer(self._dome), None
        except NightsideError as error:
            return None, error


def _planner(setup: Setup) -> Planner:
    if not isinstance(setup.settings, Settings):
        raise TypeError(f"a daemon sends its settings, not {type(setup.settings).__name__}")
    return planner_of(setup.settings, setup.gap_scale)


def _into(told: Lines) -> Any:
    """A structlog processor that keeps each line, and writes none."""

    def keep(_: object, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if level in HEARD:
            told.append((level, str(event.pop("event")), dict(event)))
        raise structlog.DropEvent

    return keep
