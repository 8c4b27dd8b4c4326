"""What a person does to pictures on the camera's back, with the card in it: erase them, protect them. The initiator is told."""

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.cards import Card, CardObject
from nightside_drivers.twin.codes import Event


class NotPossible(ValueError):
    """The body does not do that. Says why in a sentence."""


def erase(body: BodyModel, slot: int, path: str) -> tuple[str, ...]:
    """Erase the picture that a file on the card of a slot (from 1) belongs to: NEF and JPEG of a pair together (assumed).

    ObjectRemoved 0x4003 is told for each file. Gives what was erased. Raises `NotPossible`.
    """
    card, files = _picture(body, slot, path)
    if card.write_protected:
        raise NotPossible("the card is write-protected")
    if any(file.protected for file in files):
        raise NotPossible(f"{path} is protected")
    erased = tuple(card.path(file) for file in files)
    for file in files:
        card.remove(file.handle)
        body.events.post(Event.OBJECT_REMOVED, file.handle)
    body.timeline.notify()
    return erased


def protect(body: BodyModel, slot: int, path: str, *, on: bool) -> tuple[str, ...]:
    """The key button: protect a picture from being erased, or no longer. ObjectInfoChanged 0x4007 is told for each file.

    Gives the files. Raises `NotPossible`.
    """
    card, files = _picture(body, slot, path)
    if card.write_protected:
        raise NotPossible("the card is write-protected")
    for file in files:
        if file.protected is not on:
            file.protected = on
            body.events.post(Event.OBJECT_INFO_CHANGED, file.handle)
    body.timeline.notify()
    return tuple(card.path(file) for file in files)


def _picture(body: BodyModel, slot: int, path: str) -> tuple[Card, tuple[CardObject, ...]]:
    """The card, and the files in the folder of `path` that share its stem."""
    if not 1 <= slot <= len(body.bay.cards):
        raise NotPossible(f"the body has no slot {slot}")
    card = body.bay.cards[slot - 1]
    if not body.on or not card.inserted:
        raise NotPossible("the body is off" if card.inserted else f"there is no card in slot {slot}")
    named = next((item for item in card.objects.values() if item.content is not None and card.path(item) == path), None)
    if named is None:
        raise NotPossible(f"there is no file {path} on the card")
    stem = named.name.rpartition(".")[0]
    return card, tuple(item for item in card.children(named.parent) if item.name.rpartition(".")[0] == stem)
