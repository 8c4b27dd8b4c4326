"""The six pages, in the order of the bar below them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One page."""

    path: str
    name: str
    symbol: str
    """Of Material's icons."""
    module: str
    """In this package: its `show` builds the page for a visitor, in the main part of the frame. Loaded when it is first wanted."""


PLACES = (
    Place("/", "Now", "camera", "now"),
    Place("/tonight", "Tonight", "dark_mode", "tonight"),
    Place("/plan", "Plan", "event_note", "plan"),
    Place("/frames", "Frames", "photo_library", "frames"),
    Place("/focus", "Focus", "center_focus_strong", "focus"),
    Place("/health", "Health", "monitor_heart", "health"),
)
PATHS = frozenset(place.path for place in PLACES)
