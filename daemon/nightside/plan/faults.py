"""What is wrong with a file, in a sentence a person can act on: the key, what was found, what is allowed, and where it stands."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from nightside.plan.programs import PROGRAMS, kind_of

Place = Sequence[int | str]
MOST_READ = 2_000_000
"""How many characters are read to find one key: enough for any page, and an end for what was made to take long."""


def _short(found: object) -> str:
    shown = repr(found)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def fault(details: ErrorDetails, roots: Sequence[type[BaseModel]], shown: Callable[[object], str] = _short) -> str:
    """One fault in one sentence. `roots` are the models that the whole file may be, `shown` says what was found there."""
    place = without_kinds(details["loc"])
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    if details["type"] == "extra_forbidden":
        allowed = sorted(_keys(roots, details["loc"][:-1]))
        near = difflib.get_close_matches(str(details["loc"][-1]), allowed, 1)
        meant = f"Did you mean {near[0]}? " if near else ""
        return f"{key} is not a key that Nightside knows. {meant}Allowed here: {', '.join(allowed)}."
    if details["type"] == "missing":
        return f"{key} is missing."
    if details["type"].startswith("union_tag"):
        return _unknown_kind(f"{key}.kind".lstrip("."), details)
    message = details["msg"].removeprefix("Value error, ")
    if not key:
        return f"{message}."
    found = details["input"]
    instead = "" if isinstance(found, dict | BaseModel) else f" is {shown(found)}"
    return f"{key}{instead}: {message[0].lower()}{message[1:]}."


def _unknown_kind(key: str, details: ErrorDetails) -> str:
    kinds = [kind_of(program) for program in PROGRAMS]
    found = details.get("ctx", {}).get("tag")
    if found is None:
        return f"{key} is missing. There are: {', '.join(kinds)}."
    near = difflib.get_close_matches(str(found), kinds, 1)
    meant = f"Did you mean {near[0]}? " if near else ""
    return f"{key} is {found!r}, which is no program. {meant}There are: {', '.join(kinds)}."


def worth_telling(faults: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Faults without those that only follow from others: a list is not too short because what is in it is wrong."""

    def follows(details: ErrorDetails) -> bool:
        place = details["loc"]
        return details["type"] == "too_short" and any(
            len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in faults
        )

    return [details for details in faults if not follows(details)]


def told_place(details: ErrorDetails, text: str) -> tuple[int, int] | None:
    """The line and column of a fault in a TOML text: of its key, of the table that lacks one, or of a key that the fault names."""
    place = without_kinds(details["loc"])
    if details["type"].startswith("union_tag"):
        place.append("kind")
    elif details["type"] == "value_error":
        place += [word for word in re.findall(r"[a-z_]+", details["msg"]) if position(text, [*place, word])][:1]
    while place:
        found = position(text, place)
        if found is not None:
            return found
        place.pop()
    return None


def without_kinds(place: Place) -> list[int | str]:
    """A place in a file as its reader knows it: without the kinds by which pydantic tells programs, releases or sinks apart."""
    kinds = {kind_of(program) for program in PROGRAMS}
    told = [one for at, one in enumerate(place) if not (one in kinds and (at == 0 or _holds_programs(place[at - 1])))]
    if told[:2] == ["camera", "release"]:
        del told[2:3]  # which kind of release it was taken for
    if told[:2] == ["storage", "sinks"]:
        del told[3:4]  # which kind of sink
    return told


def position(text: str, place: Place) -> tuple[int, int] | None:
    """The line and column (from 1) at which a key of a TOML text is given; `None` where it is not in there.

    The text is read up to every line that names the key, and on until its value is whole: TOML's own rules decide, and not ours.
    """
    lines = text.splitlines(keepends=True)
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    named = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])")
    read = 0
    for number, line in enumerate(lines):
        found = named.search(line)
        if found is None:
            continue
        for count in range(number + 1, len(lines) + 1):
            part = "".join(lines[:count])
            read += len(part)
            if read > MOST_READ:
                return None
            tables = _tables(part)
            if tables is None:
                continue  # in the middle of a value that goes on
            if _reaches(tables, place):
                return number + 1, found.start() + 1
            break
    return None


def _tables(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _reaches(tables: Any, place: Place) -> bool:
    for part in place:
        if isinstance(part, int):
            if not isinstance(tables, list) or part >= len(cast("Sequence[object]", tables)):
                return False
        elif not isinstance(tables, dict) or part not in tables:
            return False
        tables = cast("Any", tables)[part]
    return True


def _holds_programs(part: int | str) -> bool:
    return isinstance(part, int) or part in {"program", "fallback"}


def _keys(roots: Sequence[type[BaseModel]], place: Place) -> set[str]:
    """The keys that the table at `place` may have."""
    kinds = {kind_of(program): program for program in PROGRAMS}
    models = list(roots)
    for part in place:
        if part in kinds:
            models = [kinds[str(part)]]
        elif isinstance(part, str):
            fields = [one.model_fields[part].annotation for one in models if part in one.model_fields]
            models = [found for annotation in fields for found in _models(annotation)] or [
                one for one in models if "kind" in one.model_fields and one.model_fields["kind"].default == part
            ]
    return {name for one in models for name in one.model_fields}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
