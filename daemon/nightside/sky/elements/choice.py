"""Which of the elements in a file are meant. Nothing is guessed: what may be the wrong satellite, or an old set, is refused."""

from collections.abc import Sequence
from dataclasses import replace

from nightside.errors import SatelliteUnknown
from nightside.sky.elements.complaints import Complaint
from nightside.sky.elements.identity import designator, number_of, same_name
from nightside.sky.elements.values import Elements


def choose(found: Sequence[Elements], complaints: Sequence[Complaint], satellite: str | int | None, source: str) -> Elements:
    """One satellite's newest elements out of many.

    A damaged set beside them is refused where it may belong to the same satellite, for it may be the newest; otherwise it is
    said in the elements' `note`. Where no satellite is named, a damaged set counts as another one.

    Raises:
        ElementsDamaged: the set that was asked for cannot be trusted, or may be the one that cannot.
        SatelliteUnknown: the satellite is not there, or several are and none was named.
    """
    matching = [elements for elements in found if satellite is None or is_named(elements, satellite)]
    note = ""
    if not matching and satellite is not None and not complaints and _cannot_be_contradicted(found, satellite):
        matching = list(found)
        note = f"{source} gives no catalogue number, so that {found[0].name} is {satellite} cannot be checked."
    objects = {_object(elements) for elements in matching}
    if not matching and complaints and (satellite is None or not found):
        raise complaints[0].error
    if len(objects) == 1:
        newest = max(matching, key=lambda elements: elements.epoch)
        _refuse_doubt(newest, complaints, satellite, source)
        return replace(newest, note=note or _note(complaints))
    for complaint in complaints:
        if not matching and satellite is not None and _may_concern(complaint, satellite, None):
            raise complaint.error
    if not matching:
        held = _listed(found)
        raise SatelliteUnknown(
            f"{source} does not hold {f'satellite {satellite}' if satellite is not None else 'any satellite'}.",
            means="There is no orbit to compute windows for.",
            remedy=f"Name one that it holds: {held}." if held else "Give another file.",
        )
    raise SatelliteUnknown(
        f"{source} holds {len(objects)} satellites" + (f" named {satellite}." if satellite is not None else "."),
        means="Which of them is meant cannot be guessed.",
        remedy=f"Name one by its catalogue number, such as {_listed(matching)}.",
    )


def is_named(elements: Elements, satellite: str | int) -> bool:
    """Whether elements belong to a satellite given by catalogue number, international designator or name."""
    number = number_of(satellite)
    if number is not None:
        return elements.norad_id == number or (isinstance(satellite, str) and same_name(elements.name, satellite))
    wanted = str(satellite)
    return same_name(elements.name, wanted) or (bool(designator(wanted)) and elements.designator == designator(wanted))


def _object(elements: Elements) -> object:
    return elements.norad_id or elements.designator or elements.name


def _cannot_be_contradicted(found: Sequence[Elements], satellite: str | int) -> bool:
    """Whether a file holds exactly one object, without a catalogue number, and one was asked for by number."""
    return number_of(satellite) is not None and len({_object(e) for e in found}) == 1 and found[0].norad_id == 0


def _refuse_doubt(newest: Elements, complaints: Sequence[Complaint], satellite: str | int | None, source: str) -> None:
    for complaint in complaints:
        if _may_concern(complaint, satellite, newest):
            raise complaint.error
    if satellite is None and complaints:
        raise SatelliteUnknown(
            f"{source} holds {newest.name} ({newest.norad_id}), and another set that is damaged: {complaints[0].what}",
            means="Which of them is meant cannot be guessed.",
            remedy=f"Name one by its catalogue number, such as {_listed([newest])}, or fetch the file again.",
        )


def _may_concern(complaint: Complaint, satellite: str | int | None, newest: Elements | None) -> bool:
    """Whether a damaged set may belong to the satellite that is meant: it says so, or does not say enough to be another's."""
    number = number_of(satellite) if satellite is not None else None
    names = {satellite} if isinstance(satellite, str) and number is None else set[str]()
    if newest is not None:
        number = newest.norad_id or number
        names |= {newest.name, newest.designator}
    if number in complaint.numbers or any(same_name(held, name) for held in complaint.names for name in names):
        return True
    told_by_number = bool(complaint.numbers) and bool(number)
    told_by_name = bool(complaint.names) and bool(names)
    return not (told_by_number or told_by_name)


def _note(complaints: Sequence[Complaint]) -> str:
    if not complaints:
        return ""
    more = f" ({len(complaints) - 1} more are damaged.)" if len(complaints) > 1 else ""
    return f"Another element set was left out: {complaints[0].what}{more}"


def _listed(found: Sequence[Elements]) -> str:
    return ", ".join(sorted({f"{e.name} ({e.norad_id or e.designator or 'no number'})" for e in found})[:5])
