"""Orbit mean-elements messages (CCSDS 502.0-B): the same elements as a TLE, in XML, JSON, KVN or CSV, one or many."""

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from nightside.errors import ElementsDamaged
from nightside.sky.elements.calendar_time import read_time
from nightside.sky.elements.complaints import damaged
from nightside.sky.elements.values import Elements, MeanElements
from nightside.sky.elements.xml_tree import Node
from nightside.sky.instants import moment

Parsed = tuple[list[Elements], list[ElementsDamaged]]

EXPECTED = {
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP4", "SGP/SGP4", "SGP", "SGP4/SDP4"),
    "EPHEMERIS_TYPE": ("0", "2", "3"),
}
"""What a message may say of itself, if it says it: anything else is not for SGP4 as we run it."""

_KVN_LINE = re.compile(r"\s*([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*(?:\[[^\]]*\])?\s*")


@dataclass(frozen=True, slots=True)
class Message:
    """The keywords of one message, and where it stood."""

    where: str
    fields: Mapping[str, str]


def parse_xml(root: Node, source: str) -> Parsed:
    """Every `omm` of an XML tree."""
    return _read_all(
        Message(f"the message on line {node.line} of {source}", {leaf.name: leaf.text.strip() for leaf in node.leaves()})
        for node in root.all("omm")
    )


def parse_json(text: str, source: str) -> Parsed:
    """Every object of a JSON list, or the only one."""
    try:
        document: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise damaged(f"line {error.lineno} of {source}", f"is no JSON from column {error.colno} on: {error.msg}") from None
    except (RecursionError, ValueError):
        raise damaged(source, "is JSON that no element message is: it nests too deep, or a number is too long") from None
    messages = cast("list[object]", document) if isinstance(document, list) else [document]
    return _read_all(_json_messages(messages, source))


def parse_csv(text: str, source: str) -> Parsed:
    """Every row of a table whose first row has the keywords."""
    rows = csv.DictReader(io.StringIO(text), strict=True)
    messages: list[Message] = []
    try:
        for row in rows:
            fields = {str(key).strip(): str(value).strip() for key, value in row.items() if key and value is not None}
            messages.append(Message(f"line {rows.line_num} of {source}", fields))
    except csv.Error as error:
        raise damaged(f"line {rows.line_num} of {source}", f"is no CSV: {error}") from None
    return _read_all(messages)


def parse_kvn(text: str, source: str) -> Parsed:
    """Every message of `KEY = value` lines; each begins with its version."""
    messages: list[Message] = []
    fields: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _KVN_LINE.fullmatch(line)
        if match is None or line.lstrip().startswith("COMMENT"):
            continue
        if match[1] == "CCSDS_OMM_VERS":
            fields = {}
            messages.append(Message(f"the message on line {number} of {source}", fields))
        fields[match[1]] = match[2]
    return _read_all(messages)


def _json_messages(objects: list[object], source: str) -> Iterator[Message]:
    for number, thing in enumerate(objects, 1):
        where = f"object {number} of {source}"
        held: Mapping[str, object] = cast("Mapping[str, object]", thing) if isinstance(thing, dict) else {}
        yield Message(where, {key: str(value) for key, value in held.items() if value is not None})


def _read_all(messages: Iterator[Message] | list[Message]) -> Parsed:
    found: list[Elements] = []
    complaints: list[ElementsDamaged] = []
    for message in messages:
        try:
            found.append(_read(message))
        except ElementsDamaged as complaint:
            complaints.append(complaint)
    return found, complaints


def _read(message: Message) -> Elements:
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
    if not norad_id.is_integer() or norad_id < 0:
        raise damaged(message.where, f"has no readable NORAD_CAT_ID: {message.fields['NORAD_CAT_ID'][:30]!r}")
    name = message.fields.get("OBJECT_NAME", "").strip()[:80] or f"object {int(norad_id)}"
    return Elements(name, int(norad_id), moment(epoch_s), message.where, mean)


def _field(message: Message, key: str) -> str:
    if key not in message.fields or not message.fields[key]:
        raise damaged(message.where, f"has no {key}")
    return message.fields[key]


def _number(message: Message, key: str, default: float | None = None) -> float:
    if default is not None and not message.fields.get(key):
        return default
    text = _field(message, key)
    try:
        value = float(text.replace("_", "?"))
    except ValueError:
        raise damaged(message.where, f"has no readable {key}: {text[:30]!r}") from None
    if not math.isfinite(value):
        raise damaged(message.where, f"has a {key} that is not finite: {text[:30]}")
    return value
