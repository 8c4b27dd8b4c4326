"""The ledger's tables and states as a page for people who read it with other programs."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Integer, Table

from nightside.ledger import schema
from nightside.ledger.states import FRAME_BEFORE, SHOT_BEFORE, WINDOW_BEFORE, FileKind, Flag, FrameState, ReadingKind

HEAD = """\
# The ledger's tables
What lies in a ledger of revision {revision}, the same on SQLite and PostgreSQL. Read as you like; only Nightside writes.
[ledger.md](ledger.md) says how to back up, move, repair and share one. Instants are UTC; a column in **bold** is part of the key.
"""

COPIES = {
    (
        "safe or deletable",
        "drained or on-card",
    ): "a copy that was verified is lost: it is stored again, and drained again if it must",
    ("planned, armed or missed", "exposed"): "a file on the card proves that a shot in doubt was taken",
}


def page() -> str:
    """docs/reference/ledger-tables.md."""
    parts = [HEAD.format(revision=schema.REVISION), *_states()]
    parts += ["\n".join(_table(table)) + "\n" for table in schema.metadata.tables.values()]
    parts.append("\n".join(_words()) + "\n")
    return "\n".join(parts)


def _table(table: Table) -> Iterator[str]:
    yield f"## {table.name}"
    yield str(table.info["says"])
    yield ""
    yield "| column | holds | null | what |"
    yield "| --- | --- | --- | --- |"
    for column in table.columns:
        name = f"**{column.name}**" if column.primary_key else column.name
        yield f"| {name} | {_holds(column)} | {'yes' if column.nullable else ''} | {column.doc or ''} |"


def _holds(column: Column[Any]) -> str:
    for key in column.foreign_keys:
        return key.target_fullname
    if isinstance(column.type, schema.Instant):
        return "instant"
    kinds = ((Boolean, "yes or no"), (BigInteger, "integer"), (Integer, "integer"), (Float, "number"), (JSON, "JSON"))
    return next((word for kind, word in kinds if isinstance(column.type, kind)), "text")


def _states() -> Iterator[str]:
    yield "## States\nWhat may follow what. Whatever else is asked for is refused, and nothing is changed.\n"
    yield "| of a | state | may follow |\n| --- | --- | --- |"
    tables: tuple[tuple[str, Mapping[Any, frozenset[Any]]], ...] = (
        ("window", WINDOW_BEFORE),
        ("shot", SHOT_BEFORE),
        ("frame", FRAME_BEFORE),
    )
    rows = [
        f"| {of} | {state} | {', '.join(sorted(map(str, before)))} |" for of, table in tables for state, before in table.items()
    ]
    yield "\n".join(rows)
    yield "\nAnd, for a reason:\n"
    yield "\n".join(f"- from {before} to {after}: {why}" for (before, after), why in COPIES.items()) + "\n"


def _words() -> Iterator[str]:
    yield "## Words"
    words: tuple[tuple[str, type[StrEnum]], ...] = (
        ("frames.state", FrameState),
        ("frames.flag", Flag),
        ("frames.kind", FileKind),
        ("readings.kind", ReadingKind),
    )
    for column, kind in words:
        yield f"- `{column}`: {', '.join(f'`{word}`' for word in kind)}"
