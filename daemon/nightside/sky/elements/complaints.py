"""The one sentence that damaged element files get."""

from nightside.errors import ElementsDamaged


def damaged(where: str, what: str) -> ElementsDamaged:
    """A refusal for a place in a file, such as "line 3 of iss.tle", and what is wrong with it, such as "is cut short"."""
    return ElementsDamaged(
        f"{where[:1].upper()}{where[1:]} {what}.",
        means="This element set cannot be trusted, so nothing was computed.",
        remedy="Fetch it again from its publisher.",
    )
