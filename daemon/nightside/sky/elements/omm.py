"""Orbit mean-elements messages (CCSDS 502.0-B): the same elements as a TLE, in XML, JSON, KVN or CSV, one or many."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from nightside.errors import ElementsDamaged
from nightside.sky.elements.calendar_time import read_time
from nightside.sky.elements.complaints import Complaint, damaged
from nightside.sky.elements.identity import MOST_NUMBER, designator, plain
from nightside.sky.elements.values import Elements, MeanElements
from nightside.sky.elements.xml_tree import Node
from nightside.sky.instants import moment

Parsed = tuple[list[Elements], list[Complaint]]

EXPECTED = {
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP4", "SGP/SGP4", "SGP", "SGP4/SDP4"),
    "EPHEMERIS_TYPE": ("0", "2", "3"),
}
"""What a message may say of itself, if it says it: anything else is not for SGP4 as we run it."""

LONGEST_LINE = 1000
"""Of a message in KVN; the standard allows 254 characters."""
REPEATED = frozenset({"COMMENT", "USER_DEFINED"})
"""Keywords that one message may have several times."""


@dataclass(frozen=True, slots=True)
class Message:
    """The keywords of one message, and where it stood."""

    where: str
    fields: Mapping[str, str]
    twice: str = ""
    """A keyword that it has more than once, if any: which of the values is meant cannot be told."""


def parse_xml(root: Node, source: str) -> Parsed:
    """Every `omm` of an XML tree."""
    return _read_all(_xml_message(node, source) for node in root.all("omm"))


def parse_json(text: str, source: str) -> Parsed:
    """Every object of a JSON list, or the only one."""
    try:
        document: object = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise damaged(f"line {error.lineno} of {source}", f"is no JSON from column {error.colno} on: {error.msg}") from None
    except KeyError as error:
        raise damaged(source, f"has {str(error.args[0])[:30]!r} twice in one object") from None
    except (RecursionError, ValueError):
        raise damaged(source, "is JSON that no element message is: it nests too deep, or a number is too long") from None
    messages = cast("list[object]", document) if isinstance(document, list) else [document]
    return _read_all(_json_messages(messages, source))


def parse_csv(text: str, source: str) -> Parsed:
    """Every row of a table whose first row has the keywords."""
    rows = csv.DictReader(io.StringIO(text), strict=True)
    messages: list[Message] = []
    try:
        header = [name.strip() for name in rows.fieldnames or ()]
        if twice := _first_twice(name for name in header if name):
            raise damaged(f"line 1 of {source}", f"has the column {twice[:30]!r} twice")
        for row in rows:
            fields = {str(key).strip(): str(value).strip() for key, value in row.items() if key and value is not None}
            messages.append(Message(f"line {rows.line_num} of {source}", fields))
    except csv.Error as error:
        raise damaged(f"line {rows.line_num} of {source}", f"is no CSV: {error}") from None
    return _read_all(messages)


def parse_kvn(text: str, source: str) -> Parsed:
    """Every message of `KEY = value` lines; each begins with its version."""
    messages: list[tuple[int, list[tuple[str, str]]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            raise damaged(f"line {number} of {source}", f"is longer than {LONGEST_LINE} characters")
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or key.split(maxsplit=1)[:1] == ["COMMENT"]:
            continue
        if key == "CCSDS_OMM_VERS" or not messages:
            messages.append((number, []))
        if value.endswith("]"):
            value = value.rpartition("[")[0].strip()  # its unit
        messages[-1][1].append((key, value))
    return _read_all(
        Message(f"the message on line {number} of {source}", dict(pairs), _first_twice(key for key, _ in pairs))
        for number, pairs in messages
        if pairs[0][0] == "CCSDS_OMM_VERS"
    )


def _xml_message(node: Node, source: str) -> Message:
    leaves = [(leaf.name, leaf.text.strip()) for leaf in node.leaves()]
    return Message(f"the message on line {node.line} of {source}", dict(leaves), _first_twice(key for key, _ in leaves))


def _first_twice(keys: Iterable[str]) -> str:
    """The first keyword that comes again and may not; '' where none does."""
    seen: set[str] = set()
    for key in keys:
        if key in seen and key not in REPEATED:
            return key
        seen.add(key)
    return ""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object. Raises KeyError for a key that it has twice."""
    if twice := _first_twice(key for key, _ in pairs):
        raise KeyError(twice)
    return dict(pairs)


def _complaint(error: ElementsDamaged, fields: Mapping[str, str]) -> Complaint:
    number, published = fields.get("NORAD_CAT_ID", "").strip(), fields.get("OBJECT_ID", "")
    known = number.isascii() and number.isdigit() and len(number) < 10 and int(number) > 0
    names = {plain(fields.get("OBJECT_NAME", "")), designator(published)} - {""}
    return Complaint(error, frozenset({int(number)} if known else ()), frozenset(names))


def _json_messages(objects: list[object], source: str) -> Iterator[Message]:
    for number, thing in enumerate(objects, 1):
        where = f"object {number} of {source}"
        held: Mapping[str, object] = cast("Mapping[str, object]", thing) if isinstance(thing, dict) else {}
        yield Message(where, {key: str(value) for key, value in held.items() if value is not None})


def _read_all(messages: Iterable[Message]) -> Parsed:
    found: list[Elements] = []
    complaints: list[Complaint] = []
    for message in messages:
        try:
            found.append(_read(message))
        except ElementsDamaged as error:
            complaints.append(_complaint(error, message.fields))
    return found, complaints


def _read(message: Message) -> Elements:
    if message.twice:
        raise damaged(message.where, f"has {message.twice[:30]!r} twice")
    for key, allowed in EXPECTED.items():
        said = message.fields.get(key)
        if said is not None and said.upper() not in allowed:
            raise damaged(message.where, f"says {key} = {said[:30]!r}, and only {' or '.join(allowed)} can be used")
    try:
        epoch_s = read_time(_field(message, "EPOCH"))
    except ValueError as error:
        raise damaged(message.where, f"has no readable EPOCH: {error}") from None
    mean = MeanElements(
        epoch_s=epoch_s,
        mean_motion_rev_day=_number(message, "MEAN_MOTION"),
        eccentricity=_number(message, "ECCENTRICITY"),
        inclination_deg=_number(message, "INCLINATION"),
        raan_deg=_number(message, "RA_OF_ASC_NODE"),
        arg_perigee_deg=_number(message, "ARG_OF_PERICENTER"),
        mean_anomaly_deg=_number(message, "MEAN_ANOMALY"),
        bstar=_number(message, "BSTAR"),
        half_ndot=_number(message, "MEAN_MOTION_DOT", 0.0),
        sixth_nddot=_number(message, "MEAN_MOTION_DDOT", 0.0),
    )
    norad_id = _number(message, "NORAD_CAT_ID", 0.0)
    if not norad_id.is_integer() or not 0 <= norad_id <= MOST_NUMBER:
        raise damaged(message.where, f"has no readable NORAD_CAT_ID: {message.fields['NORAD_CAT_ID'][:30]!r}")
    name = plain(message.fields.get("OBJECT_NAME", "")) or f"object {int(norad_id)}"
    published = designator(message.fields.get("OBJECT_ID", ""))
    return Elements(name, int(norad_id), moment(epoch_s), message.where, mean, designator=published)


def _field(message: Message, key: str) -> str:
    if key not in message.fields or not message.fields[key]:
        raise damaged(message.where, f"has no {key}")
    return message.fields[key]


def _number(message: Message, key: str, default: float | None = None) -> float:
    if default is not None and not message.fields.get(key):
        return default
    text = _field(message, key)
    try:
        value = float(text.replace("_", "?") if text.isascii() else "?")
    except ValueError:
        raise damaged(message.where, f"has no readable {key}: {text[:30]!r}") from None
    if not math.isfinite(value):
        raise damaged(message.where, f"has a {key} that is not finite: {text[:30]}")
    return value
