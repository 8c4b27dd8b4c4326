"""Settings beside an exposure: what was wished, what the body took, and how it was before.

A wish that a body has no word for gets the nearest that it has, and that is said; one that it cannot be given at all is said
too. Nothing is silent, and nothing raises for a body that merely lacks a setting: it is for preflight to judge.
"""

from collections.abc import Mapping, Sequence

from nightside_drivers.api import ABSENT, Applied, Setting
from nightside_drivers.errors import BodyRefused
from nightside_drivers.gphoto.settings import Settings, number
from nightside_drivers.gphoto.words import MEANS, RANKED, WIDGETS


class Wishes:
    """What was changed on one body since it was opened."""

    def __init__(self, settings: Settings) -> None:
        """`settings` belong to an open camera."""
        self._settings = settings
        self._found: dict[Setting, str] = {}

    def apply(self, wishes: Mapping[Setting, str]) -> tuple[Applied, ...]:
        """Set each, read each back, and say what came of it."""
        return tuple(self._set(setting, asked) for setting, asked in wishes.items())

    def restore(self) -> tuple[Applied, ...]:
        """Put back what was found, latest first, and forget it."""
        found, self._found = self._found, {}
        return tuple(self._set(setting, was, remember=False) for setting, was in reversed(found.items()))

    def _set(self, setting: Setting, asked: str, *, remember: bool = True) -> Applied:
        settings, names = self._settings, WIDGETS[setting]
        name, before = settings.find(*names), settings.read(*names)
        if name is None or before is None:
            return Applied(setting, asked, ABSENT, ABSENT)
        meant = MEANS[setting].get(asked, (asked,))
        word = nearest(asked, meant, settings.words(name))
        if before in meant and (before == word or (setting, asked) not in RANKED):
            return Applied(setting, asked, asked, before)
        if word is None:
            return Applied(setting, asked, before, before)
        try:
            settings.write(name, word)
        except BodyRefused:
            return Applied(setting, asked, settings.read(name) or before, before)
        if remember:
            self._found.setdefault(setting, before)
        return Applied(setting, asked, asked if word in meant else word, before)


def aim_at_card(settings: Settings) -> None:
    """Have frames go to the card, by the body's own word for it; nothing where a body does not ask.

    Raises:
        BodyRefused: it keeps to something else.
    """
    name = settings.find(*WIDGETS[Setting.TARGET])
    if name is not None:
        meant = MEANS[Setting.TARGET]["card"]
        settings.write(name, nearest("card", meant, settings.words(name)) or meant[0])


def nearest(asked: str, meant: Sequence[str], words: Sequence[str]) -> str | None:
    """The body's word for a wish: one that means it, else the same in other letters, else the nearest number; or none."""
    for word in meant:
        if word in words:
            return word
    folded = {word.casefold(): word for word in words}
    if asked.casefold() in folded:
        return folded[asked.casefold()]
    wanted = number(asked)
    numbers = {word: value for word in words if (value := number(word)) is not None}
    if wanted is None or not numbers:
        return None
    return min(numbers, key=lambda word: abs(numbers[word] - wanted))
