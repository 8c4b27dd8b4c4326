"""One tree of errors, branched by what the caller does next.

    NightsideError
    ├── Refused       a person must change what was asked for; nothing was done
    ├── Retry         ask again after a pause
    ├── Reopen        this session with the body is over; open another
    ├── SkipShot      this shot is lost, the next may work
    ├── StopNight     nothing more can be shot in this window
    └── CallPerson    only hands can help

Every leaf has a code for machines, an HTTP status and an exit code of its own, and every error says three things to a person
at 3 a.m.: what happened, what it means for the night, what to do. Vendor codes are mapped to these in one place, in
`nightside_drivers.gphoto`; the daemon adds its own leaves in `nightside.errors`.
"""

from collections.abc import Callable
from typing import ClassVar


class NightsideError(Exception):
    """The root. Catch it at the edge of the program; deeper, catch a branch."""

    code: ClassVar[str] = "nightside"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, means: str = "", remedy: str = "") -> None:
        """`what` happened, what it `means` for the night, and the `remedy`: each a sentence, the last two may be empty."""
        super().__init__(what, means, remedy)
        self.what = what
        self.means = means
        self.remedy = remedy

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.means, self.remedy) if part)

    def __reduce__(self) -> "tuple[Callable[..., NightsideError], tuple[object, ...], dict[str, object]]":
        """So that one process can raise what another was refused, with everything that it carries; but not its cause."""
        return _again, (type(self), *self.args), dict(vars(self))


def _again(kind: type[NightsideError], *said: object) -> NightsideError:
    """An error without its own words, which are put into it next."""
    return kind.__new__(kind, *said)


class Refused(NightsideError):
    """A person must change what was asked for. Nothing was done and nothing was lost."""

    http_status = 422


class Retry(NightsideError):
    """The same call may work after a pause."""

    http_status = 503


class Reopen(NightsideError):
    """The session with the body is over; a new one may work."""

    http_status = 503


class SkipShot(NightsideError):
    """This shot is lost; the next may work."""

    http_status = 409


class StopNight(NightsideError):
    """Nothing more can be shot in this window."""

    http_status = 409


class CallPerson(NightsideError):
    """Only hands can help."""

    http_status = 503


class BodyBusy(Retry):
    """The body answers, but is doing something else."""

    code = "body-busy"
    exit_code = 30


class BodySilent(Reopen):
    """The body, or the child process that owns it, did not answer within its deadline."""

    code = "body-silent"
    exit_code = 31


class BodyGone(Reopen):
    """The connection broke: cable out, body switched off, or a USB reset."""

    code = "body-gone"
    exit_code = 32


class HostDied(Reopen):
    """The child process that owns the body ended without being told to."""

    code = "host-died"
    exit_code = 33


class BodyRefused(SkipShot):
    """The body answered, and said no to this setting or this exposure."""

    code = "body-refused"
    exit_code = 34


class FileGone(SkipShot):
    """The card no longer holds that file, or never did."""

    code = "file-gone"
    exit_code = 35


class TooLate(SkipShot):
    """The instant had passed before the shutter could be opened."""

    code = "too-late"
    exit_code = 43


class CardFull(StopNight):
    """The card has no room for another frame."""

    code = "card-full"
    exit_code = 36


class SpoolFailed(StopNight):
    """What a body gives cannot be written down: the disk is full or broken."""

    code = "spool-failed"
    exit_code = 49


class BodyNotFound(CallPerson):
    """No such body is there."""

    code = "body-not-found"
    exit_code = 37


class BodyHeld(CallPerson):
    """Another program holds the body."""

    code = "body-held"
    exit_code = 38


class BodyUnfit(CallPerson):
    """The body needs a hand: a dial, a switch, a battery, a card."""

    code = "body-unfit"
    exit_code = 39


class LiveViewProhibited(CallPerson):
    """The body has live view, and something about it forbids it now: a dial, the battery, heat."""

    code = "live-view-prohibited"
    http_status = 409
    exit_code = 57


class BodyFailed(Reopen):
    """The body or libgphoto2 failed in a way that says nothing more."""

    code = "body-failed"
    exit_code = 40


class DriverMissing(CallPerson):
    """The software that a driver stands on is not there or does not fit."""

    code = "driver-missing"
    exit_code = 41


class ReleaseFailed(StopNight):
    """A shot asks for a release that is not configured, or that the body does not have."""

    code = "release-failed"
    exit_code = 42


class ReleaseGone(Reopen):
    """The wired release line is gone, or was not there: its lines are low and the shutter is closed."""

    code = "release-gone"
    exit_code = 44


class ReleaseHeld(CallPerson):
    """Another program holds the wired release line."""

    code = "release-held"
    exit_code = 45


class ContactMissing(SkipShot):
    """The release was pressed, and the sync contact says that the shutter did not open."""

    code = "contact-missing"
    exit_code = 46


def leaf(code: str) -> type[NightsideError]:
    """The class that has this code, anywhere on the tree; `BodyFailed` for a code that no class has."""
    branches: list[type[NightsideError]] = [NightsideError]
    while branches:
        branch = branches.pop()
        if "code" in vars(branch) and branch.code == code:
            return branch
        branches.extend(branch.__subclasses__())
    return BodyFailed
