"""What was measured in a picture: values alone, for whoever shows them without ever measuring."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Star:
    """One star of a picture."""

    at: tuple[float, float]
    """Its middle, as shares of the picture's width and height."""
    hfd_px: float
    """Half-flux diameter, in pixels of the picture."""
    flux: float
    """Its light over the background, in pixels that are full."""
    elongation: float
    """Length over width."""
    saturated: bool
    """Whether it has full pixels: then it looks larger than it is."""


@dataclass(frozen=True, slots=True)
class StarSize:
    """How large the stars of a picture are."""

    hfd_px: float | None
    """Median half-flux diameter of the stars that were used, in pixels of the picture; `None` where no star was found."""
    used: int = 0
    saturated: int = 0
    """Stars that were left out because they are too bright; or used, where there were no others."""
    elongated: int = 0
    """Stars that were left out because they are not round; or used, where there were no others."""
    target: Star | None = None
    """The brightest of those that were used: the one to magnify."""
    crowded: bool = False
    """Whether there was so much in the picture that no star could be told: a lamp, dawn, the lit Earth."""
