"""What the sky does in a range of time, as a value."""

from dataclasses import dataclass

from nightside.service.outlook.values import Duty, ElementsInUse, Heights, Lit, Moon, NightAhead, Trouble


@dataclass(frozen=True, slots=True)
class Day:
    """What the sky does in a range of time, whatever is shot in it."""

    light: tuple[Lit, ...]
    moon: Moon | None
    nights: tuple[NightAhead, ...]
    next_night: NightAhead | None
    duty: tuple[Duty, ...]
    heights: Heights | None
    elements: ElementsInUse | None
    no_night: Trouble | None
