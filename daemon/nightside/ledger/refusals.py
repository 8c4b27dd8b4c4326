"""What a database refuses, in words: who or what stands in the way, what it means for the night, and what to do."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, IntegrityError

from nightside.errors import LedgerAway, LedgerDamaged, LedgerRefused
from nightside.ledger.place import Place, Server, without_secrets

BUSY_S = 5.0
"""How long a reader or writer waits for another one's transaction."""

MEANS = "Without it no shot is taken, so that none goes unrecorded."

DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002")  # by SQLite, and by PostgreSQL's SQLSTATE
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "57014")
FULL = ("SQLITE_FULL", "53100")
STARTING = ("57P03", "the database system is starting up")
"""By SQLSTATE, where a driver has it of a connection that failed, or in the server's words."""
ANSWERED = "FATAL:"
"""Begins what a server says that is there and lets nobody in."""
READ_ONLY = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "25006", "42501")


def refusal(error: DatabaseError, place: Place | None = None) -> LedgerRefused:
    """The refusal that a database's error stands for."""
    which = "The ledger" if place is None else f"The ledger {place}"
    says = without_secrets(" ".join(str(error.orig).split()))
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
    if code.startswith(DAMAGED):
        return damaged(which, says)
    if code.startswith(BUSY):
        return LedgerRefused(
            f"{which} has been held by another program for more than {BUSY_S:g} s ({says}).",
            means=MEANS,
            remedy="Close whatever else has it open, such as a database browser, and try again.",
        )
    if code.startswith(FULL):
        return LedgerRefused(
            f"{which} cannot be written: its disk is full.",
            means=f"{MEANS} What was written before is whole.",
            remedy="Free some room on that disk, and try again.",
        )
    if code.startswith(READ_ONLY):
        return LedgerRefused(
            f"{which} cannot be written: {says}.", means=MEANS, remedy="Mend its permissions or its disk, and try again."
        )
    away = isinstance(place, Server) and not code and ANSWERED not in says
    if away or code == STARTING[0] or STARTING[1] in says:
        return LedgerAway(
            f"{which} cannot be reached: {says}.", means=MEANS, remedy="See whether its server runs, and the network."
        )
    return LedgerRefused(
        f"{which} could not be read or written: {says}.",
        means=MEANS,
        remedy="Check that its disk, or its server and the network to it, are well, and try again.",
    )


def damaged(which: str, how: str) -> LedgerDamaged:
    """A ledger that cannot be trusted."""
    return LedgerDamaged(
        f"{which} is damaged: {how}.",
        means="It was left as it is. The frames on the card, in the spool and in the sinks are not touched by that.",
        remedy="`nightside ledger rebuild` sets it aside and makes a new one of what can be known; so does `nightside run`.",
    )


@contextmanager
def explained(place: Place | None = None) -> Generator[None]:
    """Turn what a database refuses into words. What breaks its rules is a fault of the program: `ValueError`."""
    try:
        yield
    except IntegrityError as error:
        raise ValueError(str(error.orig)) from error
    except DatabaseError as error:
        raise refusal(error, place) from error
