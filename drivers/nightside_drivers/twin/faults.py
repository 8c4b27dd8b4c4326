"""Faults that a twin shows on demand: what goes wrong, and when. Read from TOML, or made in Python."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.truth import Opening


class BadFaults(ValueError):
    """The file does not say what it should."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that goes wrong."""

    kind: Literal["silent"]
    after_shots: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Once this many exposures have ended; 0 is from the start."""
    seconds: Annotated[float, msgspec.Meta(gt=0)] = 1e9
    """For how long (clock time)."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: tuple[Fault, ...] = ()


def read(path: Path) -> tuple[Fault, ...]:
    """The faults in a TOML file with tables `[[fault]]`. Raises `BadFaults`, in a sentence, or `OSError`."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).fault
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as cause:
        raise BadFaults(f"{path} is not a list of faults: {cause}") from cause


def plan(body: BodyModel, faults: tuple[Fault, ...]) -> None:
    """Let these faults happen to `body`."""
    for fault in faults:
        if fault.after_shots == 0:
            body.silence(fault.seconds)

    def closed(opening: Opening) -> None:
        for fault in faults:
            if fault.after_shots == opening.index + 1:
                body.silence(fault.seconds)

    body.closed = closed
