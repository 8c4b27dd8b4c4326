"""The truth table as a document: `python -m nightside_drivers.bodies.listing > docs/reference/bodies.md`. A test compares."""

import sys

from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, ReleaseKind

HEAD = """# Bodies
What each body can do, as data in `nightside_drivers/bodies/data`. libgphoto2 offers what a body's protocol names, not what the body
does: a D3s lists Bulb and refuses it. What a connected body offers itself is compared with its entry, and where they differ the
body's word stands and `nightside doctor` says so. A body without an entry is given what its own choices prove: timed exposures by
USB trigger. Every body can be released by wire if its remote connector is wired.

| body | times itself | ISO | USB bulb | burst | held release | by itself | frame | one charge | pixels |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def listing() -> str:
    """The whole document."""
    entries = [entry for _, entry in bodies.table()]
    rows = "".join(_row(entry) for entry in entries)
    sources = "".join(f"- **{entry.model}**: {entry.source}.\n" for entry in entries)
    return f"{HEAD}{rows}\n## Sources\n{sources}"


def _row(body: Capabilities) -> str:
    fastest = f"{body.shutter_speeds_s[0] * 1000:.3g} ms"
    has = ["yes" if kind in body.releases else "no" for kind in (ReleaseKind.USB_BULB, ReleaseKind.HELD)]
    burst = f"{body.burst_frames} frames" if ReleaseKind.BURST in body.releases else "no"
    width, height = body.sensor_px
    cells = [
        body.model,
        f"{fastest} to {body.longest_exposure_s:g} s",
        f"{body.isos[0]} to {body.isos[-1]}",
        has[0],
        burst,
        has[1],
        f"{body.frames_per_s:g} frames/s",
        f"{body.frame_bytes / 1e6:.0f} MB",
        "?" if body.battery_frames is None else f"{body.battery_frames} frames",
        f"{width} × {height}, {body.pixel_um:g} µm",
    ]
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.stdout.write(listing())
