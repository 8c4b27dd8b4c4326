"""Pictures that the browser draws: the timeline of the next day and the map, the trend of a number, live view.

The first two ask the API at a low rate, and only while they are looked at; colours are the theme's own. ECharts and Leaflet come in
NiceGUI's wheel; no tiles are asked from anywhere. What they show is said in words beside them.
"""

import base64
from pathlib import Path

import nicegui.elements.echart
import nicegui.elements.leaflet
from nicegui.element import Element

from nightside.service.page.held import address

_LEAFLET = Path(nicegui.elements.leaflet.__file__).with_name("dist")
_ECHARTS = Path(nicegui.elements.echart.__file__).with_name("dist")


class Timeline(Element, component="timeline.js"):
    """The next 24 hours, from `/api/v1/outlook`: panned by a drag or the arrow keys, zoomed by two fingers, buttons or + and −."""

    def __init__(self) -> None:
        """It draws itself."""
        super().__init__()
        assert _ECHARTS.is_dir()  # noqa: S101 — importing the package is what lets a page import it


class WorldMap(Element, component="world.js"):
    """The Earth now, from `/api/v1/world`: night side, coastline, site or satellite, its track, regions."""

    def __init__(self) -> None:
        """It draws itself."""
        super().__init__()
        self.add_resource(_LEAFLET)
        self.props["coastline"] = address("coastline.json")


class Finder(Element, component="finder.js"):
    """The last picture of live view. `drawn` is emitted for each that a person can see, `aim` where they press."""

    def __init__(self) -> None:
        """Without any."""
        super().__init__()

    def show(self, jpeg: bytes) -> None:
        """Show one, or none for no bytes."""
        self.run_method("show", base64.b64encode(jpeg).decode())


class Trend(Element, component="trend.js"):
    """Some numbers in a row, as a line; the last one and the least are marked."""

    def __init__(self) -> None:
        """Without any."""
        super().__init__()
        self.props["values"] = []

    def show(self, values: list[float], says: str) -> None:
        """Draw these. `says` is for whoever does not see them."""
        self.props["values"] = values
        self.props["says"] = says
        self.update()
