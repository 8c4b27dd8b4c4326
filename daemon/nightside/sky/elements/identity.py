"""Whose elements they are: catalogue numbers, international designators and names, as publishers and people write them."""

import re

LONGEST_NAME = 80
MOST_NUMBER = 999_999_999
"""The largest catalogue number that an OMM may give: nine digits."""

_DESIGNATOR = re.compile(r"(?:(?P<year>\d{4})-?|(?P<short>\d\d))(?P<launch>\d{3})-?(?P<piece>[A-Z]{1,3})", re.ASCII)


def plain(text: str, longest: int = LONGEST_NAME) -> str:
    """A name as it may be shown: one line, without control characters and backslashes, which escape markup, and not too long."""
    printable = "".join(c if c.isprintable() and c != "\\" else " " for c in text[: 10 * longest])
    return " ".join(printable.split())[:longest]


def designator(text: str) -> str:
    """An international designator (COSPAR) in one spelling, 1998-067A, from 1998-067-A, 1998067A or a TLE's 98067A; '' for none."""
    match = _DESIGNATOR.fullmatch(text.strip().upper())
    if match is None:
        return ""
    year = match["year"]
    if year is None:
        year = f"{19 if int(match['short']) >= 57 else 20}{match['short']}"
    return f"{year}-{match['launch']}{match['piece']}"


def number_of(satellite: str | int) -> int | None:
    """The catalogue number that a person gave; None for a name or a designator."""
    if isinstance(satellite, int):
        return satellite
    wanted = satellite.strip()
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= len(str(MOST_NUMBER)) else None


def same_name(held: str, wanted: str) -> bool:
    """Whether two names are the same, whatever their case, and even without what stands in brackets behind the one held."""
    mine, other = held.casefold(), wanted.strip().casefold()
    return bool(other) and other in (mine, mine.split(" (")[0])
