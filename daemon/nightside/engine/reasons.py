"""Why a shot of which the card was asked has no frame: the sentences that end such a reason, and by which it is known later.

The ledger keeps reasons as they were given, for years: a wording that is changed here is still to be recognized as it was.
"""

_NO_FRAME_OF_IT = "card holds no frame of it."
_NONE_OF_THIS_ONE = "card holds none of this one."
_ASKED = (_NO_FRAME_OF_IT, _NONE_OF_THIS_ONE)

EXPOSED = f"The exposure was made, and the {_NO_FRAME_OF_IT}"
CUT_SHORT = f"Nightside was stopped while this exposure was due, and the {_NO_FRAME_OF_IT}"


def doubted(why: str) -> str:
    """Nobody knows whether the shot was exposed, for a reason that is a sentence, and the card knows of no frame."""
    return f"{why} The {_NO_FRAME_OF_IT}"


def cut_off(taken: int, planned: int) -> str:
    """The release was over early, by what the body or its contact said of it."""
    return f"The release took {taken} of {planned} frames; the {_NONE_OF_THIS_ONE}"


def fell_short(taken: int, planned: int) -> str:
    """The release was taken for whole, and fewer frames of it are on the card."""
    return f"The release was to take {planned} frames and took {taken}: the {_NONE_OF_THIS_ONE}"


def card_was_asked(reason: str | None) -> bool:
    """Whether a shot was missed because the card held no frame of it: it was exposed, or may have been, and may have one yet."""
    return reason is not None and reason.endswith(_ASKED)
