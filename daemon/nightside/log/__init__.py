"""How Nightside logs: structured lines, readable on a terminal, fields in systemd's journal, JSON elsewhere.

They are stamped by the clock that the daemon runs on.

Session, window and shot are bound by the engine as context, so a line needs no more than what is new in it. A failure is logged
when it starts and when it ends, not at every look.
"""

import contextlib
import logging
import sys
from collections.abc import Callable
from typing import TextIO

import structlog

from nightside.clock import Clock
from nightside.log.journald import JournalLines, is_journal


def configure(
    clock: Clock,
    level: str = "info",
    stream: TextIO | None = None,
    also: Callable[[structlog.typing.EventDict], None] = lambda _: None,
) -> None:
    """Send lines of at least `level` to `stream` (standard error, when not given), and `also` elsewhere before they are text.

    Called once, by whoever starts the program.
    """
    into = sys.stderr if stream is None else stream
    terminal = into.isatty()

    def stamp(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        line["at"] = clock.utc().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return line

    def pass_on(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        also(dict(line))
        return line

    journal = stream is None and is_journal(into)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            stamp,
            structlog.processors.format_exc_info,
            pass_on,
            *_rendered(journal=journal, terminal=terminal),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=JournalLines() if journal else _Lines(into),
        cache_logger_on_first_use=False,
    )
    foreign = logging.getLogger()
    foreign.handlers[:] = [_Forward()]
    foreign.setLevel(logging.WARNING)


def _rendered(*, journal: bool, terminal: bool) -> list[structlog.typing.Processor]:
    """How a line becomes what is written; the journal is given the line itself."""
    if journal:
        return []
    if terminal:
        return [structlog.dev.ConsoleRenderer(timestamp_key="at", colors=True)]
    return [structlog.processors.JSONRenderer(ensure_ascii=False)]


class _Lines:
    """Writes lines to a stream, and gives up on a line that it does not take: a full disk must not stop a night."""

    def __init__(self, into: TextIO) -> None:
        self._into = into

    def __call__(self, *_: object) -> "_Lines":
        return self

    def msg(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # full, broken, or closed
            self._into.write(f"{line}\n")
            self._into.flush()

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


class _Forward(logging.Handler):
    """Takes what libraries log by the standard library, warnings and worse, into our own log."""

    def emit(self, record: logging.LogRecord) -> None:
        line = structlog.get_logger().bind(library=record.name, why=record.getMessage())
        line.log(record.levelno, "library-warning", exc_info=record.exc_info)


def set_level(level: str) -> None:
    """Send lines of at least this level from now on."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]))
