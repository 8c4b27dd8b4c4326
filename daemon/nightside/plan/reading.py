"""Programs as people write them: TOML in, a checked program out, or a refusal that names line and column."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import tomli_w
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from nightside.errors import ProgramRefused
from nightside.plan.faults import fault, told_place, worth_telling
from nightside.plan.programs import PROGRAMS, AnyProgram
from nightside.plan.programs.base import Program

LARGEST = 64_000
"""Bytes: a program is a page, not a book."""
MOST_FAULTS = 10
CONFIGURED = frozenset({"orbit", "site", "night", "camera", "storage", "ledger"})
"""Tables of a configuration."""


@cache
def any_program() -> TypeAdapter[AnyProgram]:
    """Reads a program of any kind; made when one is read first, since that takes as long as a tenth of the daemon's start."""
    return TypeAdapter(AnyProgram)


def load_program(path: Path) -> Program:
    """The program in a file.

    Raises:
        ProgramRefused: it cannot be read, is not TOML, or is no program.
    """
    return read_program(file_text(path), str(path))


def file_text(path: Path, largest: int = LARGEST) -> str:
    """The text of a file that a person named, of so many bytes at the most.

    Raises:
        ProgramRefused: it cannot be read, is no text, or too long.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(largest + 1)
    except OSError as error:
        raise ProgramRefused(
            f"{path} cannot be read: {error.strerror}.",
            remedy="`nightside recipes` lists programs that are always there.",
        ) from error
    if len(raw) > largest:
        raise ProgramRefused(f"{path} is longer than {largest} bytes.", remedy="Name a file that holds one program.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ProgramRefused(f"{path} is not text: line {line} is not UTF-8.") from error


def read_program(text: str, source: str) -> Program:
    """The program that a text means; `source` is what a person calls it.

    Raises:
        ProgramRefused: it is not TOML, or no program; all faults are named, with line and column.
    """
    tables = read_tables(text, source)
    if "kind" not in tables and CONFIGURED & tables.keys():
        raise ProgramRefused(f"{source} looks like a configuration, not like a program.", remedy="Give it with --config.")
    try:
        return any_program().validate_python(tables)
    except ValidationError as error:
        faults = [_placed(text, source, details) for details in worth_telling(error.errors())[:MOST_FAULTS]]
    except RecursionError as error:
        raise ProgramRefused(f"{source} nests programs too deeply.", remedy="Write the parts side by side.") from error
    listed = faults[0] if len(faults) == 1 else "".join(f"\n  - {one}" for one in faults)
    raise ProgramRefused(
        f"The program is refused: {listed}", remedy="Nothing was armed. docs/reference/programs.md has every key."
    )


def program_of(values: Mapping[str, Any]) -> AnyProgram:
    """The program that values mean, by their keys.

    Raises:
        ProgramRefused: they mean none; all faults are named.
    """
    try:
        return any_program().validate_python(dict(values))
    except ValidationError as error:
        faults = [fault(details, PROGRAMS) for details in worth_telling(error.errors())[:MOST_FAULTS]]
    raise ProgramRefused(f"The program is refused: {'; '.join(faults)}", remedy="Nothing was armed.")


def read_tables(text: str, source: str) -> dict[str, Any]:
    """The tables of a text.

    Raises:
        ProgramRefused: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ProgramRefused(f"{source} nests values too deeply to be a program.", remedy="Close the brackets.") from error
    except ValueError as error:  # also of numbers too long for Python, which tomllib lets through as they come
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        where = f"line {found[1]}, column {found[2]}" if found else f"line {max(1, text.count(chr(10)))}, its end"
        what = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise ProgramRefused(
            f"{source}, {where}: this is not TOML: {what}.", remedy="Mend that line. Nothing was armed."
        ) from error


def _placed(text: str, source: str, details: ErrorDetails) -> str:
    line, column = told_place(details, text) or (1, 1)
    return f"{source}, line {line}, column {column}: {fault(details, PROGRAMS)}"


def program_text(program: Program) -> str:
    """A program as a file: what is not as it is anyway, its kind first."""
    return tomli_w.dumps(_plain(program))


def _plain(program: Program) -> dict[str, Any]:
    kept = program.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    told = {name: getattr(program, name) for name in ("exposure_s",) if getattr(program, name, None) is not None}
    plain: dict[str, Any] = {"kind": program.kind_name} | told | kept
    for name in kept:
        value: object = getattr(program, name)
        if isinstance(value, Program):
            plain[name] = _plain(value)
        elif isinstance(value, tuple) and value and all(isinstance(one, Program) for one in cast("tuple[object, ...]", value)):
            plain[name] = [_plain(one) for one in cast("tuple[Program, ...]", value)]
    return plain
