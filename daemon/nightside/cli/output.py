"""How commands speak: data on standard output, as tables for people or JSON for programs; everything else on standard error."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel
from rich.console import Console
from rich.text import Text

from nightside.errors import NightsideError

console = Console(highlight=False)
aside = Console(stderr=True, highlight=False)


def stamp(instant: datetime) -> str:
    """An instant for programs: ISO 8601, UTC, microseconds, Z."""
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")


def clock_face(instant: datetime) -> str:
    """An instant for people, UTC, to the second."""
    return f"{instant:%Y-%m-%d %H:%M:%S}"


def print_json(value: object) -> None:
    """One JSON document on standard output. Instants become `stamp`s, durations seconds."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")


def print_error(error: NightsideError) -> None:
    """What happened, what it means, what to do: on standard error, in that order."""
    aside.print(Text.assemble(("nightside: ", "bold red"), error.what), soft_wrap=True)
    for part in (error.means, error.remedy):
        if part:
            aside.print(Text(f"  {part}"), soft_wrap=True)


def size(count: float) -> str:
    """A number of bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def length(seconds: float) -> str:
    """A duration for people, as in `34 min 05 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, BaseModel):
        return value.model_dump()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, Any]", value))
    if isinstance(value, (set, frozenset)):
        return sorted(cast("Iterable[str]", value))
    raise TypeError(f"{type(value).__name__} has no JSON form here")
