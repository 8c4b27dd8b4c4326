"""The demonstration: the rehearsal of a configuration that ships with Nightside, on a real orbital night of 2018.

The elements are the International Space Station's as published, and the night is the first one after their epoch, so that
nothing is stale. There is no second way through the program: `nightside.rehearsal` does the rest.
"""

from importlib import resources
from pathlib import Path

from PIL import Image, ImageChops

from nightside import settings as configuration
from nightside.nights import load_night
from nightside.rehearsal.staging import Stage, stage
from nightside.sky.vantage import satellite_of

CONFIGURATION = "demo.toml"
ELEMENTS = "iss-2018-07-03.tle"


def demonstration(folder: Path, speed: float) -> Stage:
    """Stage the night of the demonstration in `folder`.

    Raises:
        RangeRefused: no clock runs at such a speed.
    """
    with resources.as_file(resources.files("nightside")) as here:
        settings = configuration.load(here / CONFIGURATION)
    elements = satellite_of(load_night(settings).vantage)
    if elements is None:
        raise AssertionError("unreachable: the demonstration is on a spacecraft")
    return stage(settings, folder, elements.epoch, speed=speed)


def stack(frames: Path, into: Path) -> None:
    """Lay all frames of a folder over each other, the lighter pixel winning: points become trails. `into` is a JPEG."""
    pictures = sorted(frames.glob("*.jpg"))
    stacked: Image.Image = Image.open(pictures[0])
    for picture in pictures[1:]:
        stacked = ImageChops.lighter(stacked, Image.open(picture))
    stacked.save(into, quality=90)
