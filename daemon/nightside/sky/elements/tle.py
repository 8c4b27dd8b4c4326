"""Two-line elements: files of one or many, with or without name lines.

Columns and checksum as NORAD publishes them; catalogue numbers above 99 999 in Alpha-5. A line that does not fit to the column
is damaged: nothing is guessed.
"""

import math
import re
from datetime import UTC, datetime, timedelta

from nightside.errors import ElementsDamaged
from nightside.sky.elements.complaints import Complaint, damaged
from nightside.sky.elements.identity import designator, plain
from nightside.sky.elements.values import Elements, MeanElements
from nightside.sky.instants import DAY_S, moment, seconds

LINE_LENGTH = 69
ALPHA5 = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""The letters of Alpha-5: A is 10, and I and O are left out."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_EXPONENT = re.compile(r"([+-]?)(\d{1,5})([+-]\d)")


def looks_like_tle(text: str) -> bool:
    """Whether any line of a text begins as a TLE's first or second line does."""
    return re.search(r"^[12] [ 0-9A-Z]{5}", text, re.MULTILINE) is not None


def parse_tle(text: str, source: str) -> tuple[list[Elements], list[Complaint]]:
    """Every element set in a text, and a complaint for each one that is damaged."""
    lines = [(number, line.rstrip()) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    found: list[Elements] = []
    complaints: list[Complaint] = []
    name = ""
    at = 0
    while at < len(lines):  # every branch moves `at` forward
        number, line = lines[at]
        if not line.startswith(("1 ", "2 ")):
            name = plain(line.removeprefix("0 "))
            at += 1
            continue
        pair = lines[at + 1] if line.startswith("1 ") and at + 1 < len(lines) else None
        if pair is not None and not pair[1].startswith("2 "):
            pair = None
        try:
            if pair is None:
                which = "first line of a set without its second" if line.startswith("1 ") else "second line without its first"
                raise _damaged(source, number, f"is the {which}")
            found.append(_read_pair(name, (number, line), pair, source))
        except ElementsDamaged as error:
            complaints.append(_complaint(error, name, [line] if pair is None else [line, pair[1]]))
        at += 1 if pair is None else 2
        name = ""
    return found, complaints


def _complaint(error: ElementsDamaged, name: str, lines: list[str]) -> Complaint:
    numbers = {catalogue_number(line[2:7]) for line in lines}
    names = {name, *(designator(line[9:17]) for line in lines if line.startswith("1 "))}
    return Complaint(error, frozenset(number for number in numbers if number is not None), frozenset(names - {""}))


def catalogue_number(field: str) -> int | None:
    """The number in a five-column field, plain or Alpha-5; None where it is neither."""
    digits = field.strip()
    if digits.isascii() and digits.isdigit():
        return int(digits)
    if len(digits) == 5 and digits[0] in ALPHA5 and digits[1:].isascii() and digits[1:].isdigit():
        return (ALPHA5.index(digits[0]) + 10) * 10_000 + int(digits[1:])
    return None


def checksum(line: str) -> int:
    """The digit that column 69 must hold: the sum of the digits before it, a minus sign counting 1, modulo 10."""
    return sum(int(c) if c.isdigit() else c == "-" for c in line[: LINE_LENGTH - 1]) % 10


def _read_pair(name: str, first: tuple[int, str], second: tuple[int, str], source: str) -> Elements:
    for number, line in (first, second):
        _check_line(number, line, source)
    (n1, line1), (n2, line2) = first, second
    norad_id = catalogue_number(line1[2:7])
    if norad_id is None:
        raise _damaged(source, n1, f"has no catalogue number in columns 3 to 7, but {line1[2:7]!r}")
    if line1[2:7] != line2[2:7]:
        raise _damaged(source, n2, f"belongs to object {line2[2:7].strip()}, but the line before it to {line1[2:7].strip()}")
    epoch_s = _epoch(line1[18:32], n1, source)
    mean = MeanElements(
        epoch_s=epoch_s,
        mean_motion_rev_day=_number(line2[52:63], "mean motion", n2, source),
        eccentricity=_number("0." + line2[26:33].replace(" ", "0"), "eccentricity", n2, source),
        inclination_deg=_number(line2[8:16], "inclination", n2, source),
        raan_deg=_number(line2[17:25], "right ascension of the node", n2, source),
        arg_perigee_deg=_number(line2[34:42], "argument of perigee", n2, source),
        mean_anomaly_deg=_number(line2[43:51], "mean anomaly", n2, source),
        bstar=_exponent(line1[53:61], "drag term", n1, source),
        half_ndot=_number(line1[33:43], "first derivative of mean motion", n1, source),
        sixth_nddot=_exponent(line1[44:52], "second derivative of mean motion", n1, source),
    )
    named, published = name or f"object {norad_id}", designator(line1[9:17])
    return Elements(named, norad_id, moment(epoch_s), f"{source}, line {n1}", mean, designator=published)


def _check_line(number: int, line: str, source: str) -> None:
    if not (line.isascii() and line.isprintable()):
        raise _damaged(source, number, "holds characters that no TLE has")
    if len(line) != LINE_LENGTH:
        cut = "is cut short" if len(line) < LINE_LENGTH else "is too long"
        raise _damaged(source, number, f"{cut}: {len(line)} characters of {LINE_LENGTH}")
    if line[-1] != str(checksum(line)):
        raise _damaged(source, number, f"has the checksum {line[-1]}, but its digits add up to {checksum(line)}")


def _epoch(field: str, number: int, source: str) -> float:
    text = field.strip().replace(" ", "0")
    if re.fullmatch(r"\d{5}\.\d{1,8}", text) is None:
        raise _damaged(source, number, f"has no readable epoch: {field!r}")
    year = int(text[:2])
    year += 1900 if year >= 57 else 2000
    day = float(text[2:])
    start = datetime(year, 1, 1, tzinfo=UTC)
    length = (datetime(year + 1, 1, 1, tzinfo=UTC) - start) / timedelta(days=1)
    if not 1.0 <= day < length + 1.0:
        raise _damaged(source, number, f"has an epoch on day {text[2:]} of {year}, which no such year has")
    return seconds(start) + (day - 1.0) * DAY_S


def _number(field: str, what: str, number: int, source: str) -> float:
    text = field.strip()
    if _NUMBER.fullmatch(text) is None:
        raise _damaged(source, number, f"has no readable {what}: {field!r}")
    value = float(text)
    if not math.isfinite(value):
        raise _damaged(source, number, f"has a {what} that is not finite")
    return value


def _exponent(field: str, what: str, number: int, source: str) -> float:
    match = _EXPONENT.fullmatch(field.strip())
    if match is None:
        raise _damaged(source, number, f"has no readable {what}: {field!r}")
    sign, digits, power = match.groups()
    return float(f"{sign}0.{digits}e{power}")


def _damaged(source: str, number: int, what: str) -> ElementsDamaged:
    return damaged(f"line {number} of {source}", what)
