"""Reading element files: one of the two places in `nightside.sky` that touch a disk.

The format is told from the content, not from the file's name. Nothing is believed before SGP4 has taken it.
"""

from pathlib import Path

from nightside.errors import ElementsDamaged, ElementsMissing
from nightside.sky.elements import oem, omm
from nightside.sky.elements.choice import choose
from nightside.sky.elements.complaints import Complaint, damaged
from nightside.sky.elements.tle import looks_like_tle, parse_tle
from nightside.sky.elements.values import Elements
from nightside.sky.elements.xml_tree import read_xml

MAX_BYTES = 64 * 1024 * 1024
"""The largest file that is read: a whole public catalogue in OMM XML is about 60 MB."""

HEAD = 4096
"""How far into a file its kind is looked for."""

Parsed = tuple[list[Elements], list[Complaint]]


def load_elements(path: Path, satellite: str | int | None = None) -> Elements:
    """The elements of one satellite, by catalogue number, international designator or name; of the only one where none is named.

    Of several sets for the same object the one with the latest epoch is taken. Damage to another satellite's set is said in
    the elements' `note`; a damaged set that may be the same satellite's is refused, because it may be the newest.

    Raises:
        ElementsMissing: there is no such file, or nothing in it.
        ElementsDamaged: the set that was asked for cannot be trusted, or may be the one that cannot; the message has the line.
        SatelliteUnknown: the file does not hold that satellite, or holds several and none was named.
    """
    found, complaints = read_elements(path)
    return choose(found, complaints, satellite, path.name)


def read_elements(path: Path) -> Parsed:
    """Every element set in a file, and a complaint for each that is damaged."""
    return parse_elements(_read(path), path.name)


def parse_elements(text: str, source: str) -> Parsed:
    """Every element set in a text of any known format, checked by SGP4, and the complaints."""
    from nightside.sky.orbit import check_at_epoch  # orbits are made of elements: at the top this would be a circle

    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ElementsMissing(
            f"{source} is empty.", means="Without elements there are no windows.", remedy="Fetch the elements again."
        )
    found, complaints = _parse(text, source)
    sound: list[Elements] = []
    for elements in found:
        try:
            check_at_epoch(elements)
        except ElementsDamaged as error:
            numbers = frozenset({elements.norad_id} if elements.norad_id else ())
            complaints.append(Complaint(error, numbers, frozenset({elements.name, elements.designator} - {""})))
        else:
            sound.append(elements)
    return sound, complaints


def _parse(text: str, source: str) -> Parsed:
    start = text.lstrip()
    if start.startswith("<"):
        return _parse_xml(text, source)
    if start.startswith(("[", "{")):
        return omm.parse_json(text, source)
    if "CCSDS_OEM_VERS" in text[:HEAD]:
        return oem.parse_kvn(text, source)
    if "CCSDS_OMM_VERS" in text[:HEAD]:
        return omm.parse_kvn(text, source)
    if "MEAN_MOTION" in start.splitlines()[0]:
        return omm.parse_csv(text, source)
    if looks_like_tle(text):
        return parse_tle(text, source)
    raise ElementsDamaged(
        f"{source} holds no element set in a known format.",
        means="Nightside reads TLE, OMM (XML, JSON, KVN, CSV) and OEM.",
        remedy="Check that this is the right file, and fetch it again.",
    )


def _parse_xml(text: str, source: str) -> Parsed:
    try:
        root = read_xml(text)
    except ValueError as error:
        raise damaged(source, f"is no XML that can be trusted: {error}") from None
    if root.all("omm"):
        return omm.parse_xml(root, source)
    if root.all("oem"):
        return oem.parse_xml(root, source)
    raise damaged(source, "is XML without an orbit message in it")


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ElementsMissing(
            f"There is no element file {path}.",
            means="Without elements there are no windows.",
            remedy="Give the path of a TLE, OMM or OEM file.",
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
        raise ElementsMissing(
            f"The element file {path} cannot be read: {reason}.",
            means="Without elements there are no windows.",
            remedy="Give the path of a TLE, OMM or OEM file that this user may read.",
        ) from None
    if len(data) > MAX_BYTES:
        raise ElementsDamaged(
            f"{path} is larger than {MAX_BYTES // 2**20} MiB.", means="No element file is.", remedy="Give another."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ElementsDamaged(
            f"{path} is not text: byte {error.start} is not UTF-8.",
            means="It is no element file, or it was damaged on its way.",
            remedy="Fetch it again.",
        ) from None
