"""What was found, as frozen values for readers: the command line, the API, the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nightside.errors import NightsideError


class Severity(StrEnum):
    """What a finding means for the night, best first."""

    GOOD = "good"
    """All is well."""
    NOTE = "note"
    """Worth knowing; nothing is to be done."""
    DOUBT = "doubt"
    """It may spoil the night."""
    BAD = "bad"
    """It will spoil the night, or has begun to."""

    @property
    def rank(self) -> int:
        """The higher, the worse."""
        return list(Severity).index(self)

    @property
    def exit_code(self) -> int:
        """How `nightside doctor` ends where this is the worst."""
        return {Severity.BAD: 1, Severity.DOUBT: 3}.get(self, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    """What was looked at, in lower case and with hyphens; no two findings of one examination share it."""
    severity: Severity
    what: str
    """What was found, in a sentence."""
    means: str = ""
    """What that means for the night; empty where it is plain."""
    remedy: str = ""
    """What to do; empty where nothing is to be done."""

    @property
    def good(self) -> bool:
        """Whether nothing has to be done about it."""
        return self.severity in {Severity.GOOD, Severity.NOTE}


def good(name: str, what: str) -> Finding:
    """All is well."""
    return Finding(name, Severity.GOOD, what)


def note(name: str, what: str, means: str = "") -> Finding:
    """Worth knowing."""
    return Finding(name, Severity.NOTE, what, means)


def doubt(name: str, what: str, means: str = "", remedy: str = "") -> Finding:
    """It may spoil the night."""
    return Finding(name, Severity.DOUBT, what, means, remedy)


def bad(name: str, what: str, means: str = "", remedy: str = "") -> Finding:
    """It will spoil the night."""
    return Finding(name, Severity.BAD, what, means, remedy)


def refused(name: str, error: NightsideError) -> Finding:
    """What an error of ours is as a finding."""
    return Finding(name, Severity.BAD, error.what, error.means, error.remedy)


def worst(findings: Iterable[Finding]) -> Severity:
    """The worst of them; good where there are none."""
    return max((finding.severity for finding in findings), key=lambda severity: severity.rank, default=Severity.GOOD)
