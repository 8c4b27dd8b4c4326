"""What is said of damaged elements, and whose they seem to be."""

from dataclasses import dataclass

from nightside.errors import ElementsDamaged
from nightside.sky.elements.identity import plain


@dataclass(frozen=True, slots=True)
class Complaint:
    """One element set of a file that cannot be trusted."""

    error: ElementsDamaged
    numbers: frozenset[int] = frozenset()
    """Every catalogue number that it gives: two, where its lines disagree."""
    names: frozenset[str] = frozenset()
    """Every name and international designator."""

    @property
    def what(self) -> str:
        """The sentence."""
        return self.error.what


def damaged(where: str, what: str) -> ElementsDamaged:
    """A refusal for a place in a file, such as "line 3 of iss.tle", and what is wrong with it, such as "is cut short"."""
    return ElementsDamaged(
        plain(f"{where[:1].upper()}{where[1:]} {what}.", 400),
        means="This element set cannot be trusted, so nothing was computed.",
        remedy="Fetch it again from its publisher.",
    )
