"""From the JPEG that a body sends to numbers. The bytes are hostile until they have been decoded."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightside.errors import PictureDamaged
from nightside_drivers.api import LARGEST_VIEW

MOST_PX = 16_000_000
"""Pixels. Live view has a few million at the most; a small file may claim thousands of times as many."""

GAMMA = 2.2
"""Of the tone curve: near enough for every body, since only the shape of a star counts, not its magnitude."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of live view, decoded."""

    light: NDArray[np.float32]
    """Height × width, linear, from 0 to 1, the mean of the three colours."""
    highest: NDArray[np.uint8]
    """Height × width, as it was encoded, the highest of the three colours: 255 is a full pixel."""


def decoded(jpeg: bytes) -> Picture:
    """Decode one picture. Takes some milliseconds: not for the event loop.

    Raises:
        PictureDamaged: it is no JPEG, is cut short, or is larger than any body's live view.
    """
    from PIL.JpegImagePlugin import JpegImageFile  # only whoever focuses pays for it

    if len(jpeg) > LARGEST_VIEW:
        raise PictureDamaged(f"A picture of {len(jpeg)} bytes is larger than any body's live view.")
    try:
        with JpegImageFile(io.BytesIO(jpeg)) as image:
            if image.width * image.height > MOST_PX:
                raise PictureDamaged(f"A picture of {image.width} × {image.height} is larger than any body's live view.")
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise PictureDamaged(
            f"The body sent a picture that cannot be decoded: {error}.", remedy="The next one may do."
        ) from error
    return Picture(_linear()[pixels].mean(axis=2, dtype=np.float32), pixels.max(axis=2))


def _linear() -> NDArray[np.float32]:
    curve = (np.arange(256, dtype=np.float32) / 255) ** np.float32(GAMMA)
    return curve.astype(np.float32)
