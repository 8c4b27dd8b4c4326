"""How large the stars of a picture are: the diameter that holds half of a star's light (HFD), which falls steadily into focus.

A width at half height jumps about on a disk with a bright rim, and a contrast needs something in the picture; the half-flux
diameter works from a blot to a point. Centroids, background and radii are SEP's (Barbary 2016, after Bertin's SExtractor).
"""

import numpy as np
from numpy.typing import NDArray

from nightside.focus.pictures import Picture
from nightside.focus.sizes import Star, StarSize

BACKGROUND_PX = 64
"""The background is taken for one tile of so many pixels each way."""

THRESHOLD = 4.0
"""In standard deviations of the noise: what a pixel must have to belong to a star."""

FEWEST_PX = 4
LEAST_HFD_PX = 1.0
"""A hot pixel is smaller, even smeared by JPEG: no lens makes a star so small, and no colour filter leaves it so."""

CLEAR = 12.0
"""In standard deviations: what a star must have as a whole."""

FULL = 250
"""An encoded value from which a pixel may be full."""

LONG = 1.6
"""Length over width from which a star counts as elongated: trailed, or at the edge of a poor lens."""

MOST_STARS = 20
"""The brightest are enough, and steadier than all."""

REACH = 6.0
"""In standard deviations of its light: how far from its middle a star's light is counted."""

LEAST_NOISE = 1e-4
"""Of a picture without any, as simulations make them."""


def measure(picture: Picture) -> StarSize:
    """Find the stars and measure them. Takes some ten milliseconds: not for the event loop."""
    stars = find(picture)
    if stars is None:
        return StarSize(None, crowded=True)
    saturated = [star for star in stars if star.saturated]
    long = [star for star in stars if star.elongation >= LONG and not star.saturated]
    round_ones = [star for star in stars if not star.saturated and star.elongation < LONG]
    used = (round_ones or long or saturated)[:MOST_STARS]
    if not used:
        return StarSize(None)
    hfd = float(np.median([star.hfd_px for star in used]))
    return StarSize(hfd, len(used), len(saturated), len(long), used[0])


def find(picture: Picture) -> list[Star] | None:
    """Every star of a picture, brightest first; `None` where there is more in it than stars."""
    import sep  # only whoever focuses pays for it

    light = np.ascontiguousarray(picture.light)
    light = light - sep.Background(light, bw=BACKGROUND_PX, bh=BACKGROUND_PX).back()
    noise = _noise(light)
    try:
        found = sep.extract(light, THRESHOLD, err=noise, minarea=FEWEST_PX)
    except Exception:  # noqa: BLE001 — sep raises nothing narrower when its buffer is full
        return None
    found = found[found["flux"] > CLEAR * noise * np.sqrt(found["npix"])]
    found = found[np.argsort(-found["flux"])]
    if not len(found):
        return []
    reach = REACH * np.maximum(found["a"], 1.0)
    radius, _ = sep.flux_radius(light, found["x"], found["y"], reach, 0.5, subpix=5)
    height, width = light.shape
    return [
        Star(
            at=(float((one["x"] + 0.5) / width), float((one["y"] + 0.5) / height)),
            hfd_px=2 * float(half),
            flux=float(one["flux"]),
            elongation=float(one["a"] / max(one["b"], 1e-3)),
            saturated=_is_full(picture.highest, one),
        )
        for one, half in zip(found, radius, strict=True)
        if np.isfinite(half) and 2 * half >= LEAST_HFD_PX
    ]


def _noise(light: NDArray[np.float32]) -> float:
    """Standard deviation of the noise, from its upper side: the lower one of a dark picture is cut off at black."""
    middle, high = np.percentile(light, (50, 95))
    return max(float(high - middle) / 1.645, LEAST_NOISE)


def _is_full(highest: NDArray[np.uint8], one: np.void) -> bool:
    part = highest[one["ymin"] : one["ymax"] + 1, one["xmin"] : one["xmax"] + 1]
    return bool((part >= FULL).sum() > 1)
