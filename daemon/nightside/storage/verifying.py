"""Whether a sink still holds what it was given: every file is read back and hashed.

What it should hold is said by the ledger or, where there is none, by the manifests in the sink itself. How far it came is noted
after each file, so that a run that was broken off can be gone on with.
"""

import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from nightside.ledger.records import FrameRecord
from nightside.storage import manifests
from nightside.storage.sinks.marker import MARKER, NOTES
from nightside.storage.sinks.sink import Sink
from nightside.storage.templates import Template


class Verdict(StrEnum):
    """What is with one file of a sink."""

    GOOD = "good"
    MISSING = "missing"
    DIFFERS = "differs"
    """It is there, and is something else than what was stored."""
    UNKNOWN = "unknown"
    """It is there, and nobody knows it."""
    UNLISTED = "unlisted"
    """It is good, but its manifest does not say so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one file."""

    path: str
    verdict: Verdict
    bytes: int = 0
    says: str = ""


def told_by_ledger(frames: Iterable[FrameRecord], sink: str) -> dict[str, str]:
    """What a sink should hold by the ledger: the SHA-256 by path."""
    return {
        path: frame.sha256 for frame in frames for holder, path in frame.copies if holder == sink and frame.sha256 is not None
    }


async def told_by_manifests(sink: Sink, names: Collection[str]) -> dict[str, str]:
    """What a sink should hold by its own manifests: the SHA-256 by path. A file that two of them list has that of the first."""
    told: dict[str, str] = {}
    for name in manifests.is_ours(names):
        folder, _, file = name.rpartition("/")
        if file != manifests.DECLARATION:
            for path, sha256 in manifests.parse(await sink.text(name) or "").items():
                told.setdefault(f"{folder}/{path}" if folder else path, sha256)
    return told


class Progress:
    """How far a verification came: a file of lines, one for each finding, in the spool's folder of notes."""

    def __init__(self, spool: Path, sink: str) -> None:
        """Nothing is read or written yet."""
        self._path = spool / NOTES / f"{sink}.verified"

    def load(self) -> dict[str, Finding]:
        """What was found before it was broken off, by path. A last line that was cut short is left out."""
        try:
            lines = self._path.read_text("utf-8", errors="replace").splitlines()
        except OSError:
            return {}
        return {finding.path: finding for line in lines if (finding := _finding(line)) is not None}

    def begin(self, kept: Iterable[Finding]) -> None:
        """Start a new file, with what need not be looked at again."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("".join(map(_line, kept)), "utf-8")

    def add(self, finding: Finding) -> None:
        """Note a finding."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_line(finding))

    def end(self) -> None:
        """Forget all of it: the verification is complete."""
        self._path.unlink(missing_ok=True)


async def verify(sink: Sink, told: Mapping[str, str], names: Collection[str], within: str = "") -> AsyncIterator[Finding]:
    """What is with every file that a sink should hold, and with those that it should not, below the folder `within`.

    `names` are the files that are there. Files that were found good before are simply left out of `told` and of `names`.
    """
    for path, sha256 in sorted(told.items()):
        found = await sink.measure(path)
        if found is None:
            yield Finding(path, Verdict.MISSING, says="It was stored, and is not there.")
        elif found.sha256 != sha256:
            yield Finding(path, Verdict.DIFFERS, found.size, f"Its SHA-256 is {found.sha256}, not {sha256}.")
        else:
            yield Finding(path, Verdict.GOOD, found.size)
    for path in sorted(names):
        if path not in told and path != MARKER and path.startswith(within) and not manifests.is_ours([path]):
            yield Finding(path, Verdict.UNKNOWN, says="It is there, and nobody knows it.")


async def unlisted(sink: Sink, told: Mapping[str, str], template: Template) -> AsyncIterator[Finding]:
    """The files whose session manifest is missing, or promises something else than the ledger."""
    listed: dict[str, Mapping[str, str]] = {}
    for path, sha256 in sorted(told.items()):
        root = template.root(path)
        if root not in listed:
            listed[root] = manifests.parse(await sink.text(f"{root}/{manifests.SESSION}") or "")
        if listed[root].get(path.removeprefix(f"{root}/")) != sha256:
            yield Finding(path, Verdict.UNLISTED, says=f"{root}/{manifests.SESSION} does not have it with this SHA-256.")


def _line(finding: Finding) -> str:
    return json.dumps(asdict(finding)) + "\n"


def _finding(line: str) -> Finding | None:
    try:
        told = cast("dict[str, Any]", json.loads(line))
        return Finding(str(told["path"]), Verdict(told["verdict"]), int(told["bytes"]), str(told["says"]))
    except (ValueError, KeyError, TypeError):
        return None
