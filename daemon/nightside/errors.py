"""What the service half can refuse or fail at, on the same tree as the drivers' errors.

Branches mean what the caller does next (`nightside_drivers.errors`); the leaves here are mostly refusals of what a person
asked for, and each has an exit code of its own, listed in docs/reference/exit-codes.md.
"""

from datetime import datetime

from pydantic import BaseModel

from nightside_drivers.errors import CallPerson, NightsideError, Refused, Retry, StopNight

__all__ = ["CallPerson", "NightsideError", "Refused", "Retry", "StopNight"]


class ConfigRefused(Refused):
    """The configuration has an unknown key or a bad value, or cannot be read."""

    code = "config-refused"
    exit_code = 10


class ElementsMissing(Refused):
    """There is no element set where one was expected."""

    code = "elements-missing"
    exit_code = 11


class ElementsDamaged(Refused):
    """An element set is there, and cannot be trusted: checksum, length, epoch or values."""

    code = "elements-damaged"
    exit_code = 12


class SatelliteUnknown(Refused):
    """The element file does not hold that satellite."""

    code = "satellite-unknown"
    exit_code = 13


class RangeRefused(Refused):
    """The time range asked for is in the past, empty, or too long."""

    code = "range-refused"
    exit_code = 14


class NoNight(Refused):
    """There is no window in the range that fits."""

    code = "no-night"
    exit_code = 15


class PlanImpossible(Refused):
    """The program asks for what this body or this window cannot give."""

    code = "plan-impossible"
    exit_code = 16

    def __init__(
        self,
        what: str,
        *,
        means: str = "",
        remedy: str = "",
        refused: BaseModel | None = None,
        offered: BaseModel | None = None,
        of_window: bool = False,
    ) -> None:
        """`offered` is the nearest program that can be shot in the place of the `refused` one, where there is one.

        `of_window` says that another window may have the room that this one has not.
        """
        super().__init__(what, means=means, remedy=remedy)
        self.refused = refused
        self.offered = offered
        self.of_window = of_window


class ProgramRefused(Refused):
    """A program cannot be read or makes no sense; the line and the column are told."""

    code = "program-refused"
    exit_code = 19


class ConditionRefused(Refused):
    """A condition cannot be parsed or does not apply here."""

    code = "condition-refused"
    exit_code = 17


class ElementsStale(Refused):
    """The element set is too old for the windows that were asked for."""

    code = "elements-stale"
    exit_code = 18

    def __init__(self, what: str, *, means: str = "", remedy: str = "", ahead: bool = False) -> None:
        """`ahead` says that they are good now, and will be too old when the first window comes."""
        super().__init__(what, means=means, remedy=remedy)
        self.ahead = ahead


class SkyUnanswered(Refused):
    """What computes the sky took too long, or ended by itself. It is asked again."""

    code = "sky-unanswered"
    exit_code = 111
    http_status = 503


class NothingArmed(Refused):
    """A person has disarmed the daemon: no window is begun until something is armed."""

    code = "nothing-armed"
    exit_code = 90
    http_status = 409


class LedgerMissing(Refused):
    """There is no ledger yet."""

    code = "ledger-missing"
    exit_code = 58


class FolderUnwritable(CallPerson):
    """A folder that frames or records must go to cannot be written."""

    code = "folder-unwritable"
    exit_code = 20


class PortTaken(CallPerson):
    """A network port is in use by another program."""

    code = "port-taken"
    exit_code = 21


class LedgerRefused(CallPerson):
    """The ledger is locked, cannot be written, or was written by a newer Nightside."""

    code = "ledger-refused"
    exit_code = 22


class LedgerAway(LedgerRefused):
    """The server of the ledger cannot be reached, or is still starting."""

    code = "ledger-away"
    exit_code = 89


class LedgerDamaged(LedgerRefused):
    """The ledger is damaged, and has not been set aside yet."""

    code = "ledger-damaged"
    exit_code = 59


class AlreadyRunning(CallPerson):
    """Another daemon works with the same ledger."""

    code = "already-running"
    exit_code = 23


class StorageFull(StopNight):
    """The spool or a required sink has no room."""

    code = "storage-full"
    exit_code = 24


class ShotsMissed(StopNight):
    """The night ended with planned shots that have no frame."""

    code = "shots-missed"
    exit_code = 25


class LiveViewRefused(Refused):
    """A window is armed or about to be: the body belongs to the night."""

    code = "live-view-refused"
    http_status = 409
    exit_code = 60

    def __init__(self, what: str, *, means: str = "", remedy: str = "", until: datetime | None = None) -> None:
        """`until` is when it becomes possible again; `None` where nobody can tell yet."""
        super().__init__(what, means=means, remedy=remedy)
        self.until = until


class BodyReserved(Refused):
    """A running daemon needs the body now, or will soon."""

    code = "body-reserved"
    http_status = 409
    exit_code = 87


class LiveViewTaken(Refused):
    """Somebody else is looking through the camera."""

    code = "live-view-taken"
    http_status = 409
    exit_code = 61


class PictureDamaged(Retry):
    """A picture of live view cannot be decoded."""

    code = "picture-damaged"
    exit_code = 62


class OutputRefused(Refused):
    """A file that was named to be written is there already, or cannot be written."""

    code = "output-refused"
    exit_code = 63


class CommandRefused(Refused):
    """A running daemon was told something that it cannot do."""

    code = "command-refused"
    exit_code = 29


class NobodyThere(Refused):
    """No daemon is running that could be told anything."""

    code = "nobody-there"
    exit_code = 48


class ImportRefused(Refused):
    """A folder cannot be taken for a card."""

    code = "import-refused"
    exit_code = 55
