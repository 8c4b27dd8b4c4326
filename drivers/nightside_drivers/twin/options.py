"""What a person can choose about a twin, beyond what body it is."""

from dataclasses import dataclass

from nightside_drivers.twin.contents import Scene


@dataclass(frozen=True, slots=True)
class Options:
    """What a person can choose about a twin. The defaults suit tests."""

    serial: str = "2012345"
    seed: int = 0
    full_size: bool = False
    """Frames in the sensor's real size; otherwise an eighth of it each way."""
    scene: Scene = Scene.PLAIN
    reading_ends_bulb: bool = True
    """Whether reading the card ends a bulb exposure, as it does on real bodies (gphoto2 #52, #546)."""
    autofocus_finds: bool = False
    """Whether autofocus finds anything: in the dark it does not."""
    sleeps: bool = False
    """Whether the body leaves the bus when nobody has talked to it for its Auto Meter Off time."""
    real_bandwidth: bool = True
    """Whether files come no faster than over USB 2.0."""
    battery_percent: float = 76.0
    mains: bool = False
    """Whether a mains adapter feeds the body."""
