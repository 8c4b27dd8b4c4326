"""The six pages, in the order of the bar below them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nightside.service.page import focus, frames, health, now, plan, tonight
from nightside.service.page.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Place:
    """One page."""

    path: str
    name: str
    symbol: str
    """Of Material's icons."""
    show: Callable[[Visitor], Awaitable[None]]
    """Builds it, in the main part of the frame."""


PLACES = (
    Place("/", "Now", "camera", now.show),
    Place("/tonight", "Tonight", "dark_mode", tonight.show),
    Place("/plan", "Plan", "event_note", plan.show),
    Place("/frames", "Frames", "photo_library", frames.show),
    Place("/focus", "Focus", "center_focus_strong", focus.show),
    Place("/health", "Health", "monitor_heart", health.show),
)
PATHS = frozenset(place.path for place in PLACES)
