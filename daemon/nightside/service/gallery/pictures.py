"""From a frame's file to a small JPEG and its histogram. Runs in the worker's process: the bytes are hostile until decoded.

A NEF carries its own preview, which is all that is read of it; no raw data is ever developed here.
"""

import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from nightside.errors import PictureDamaged
from nightside.storage.exif import preview_place

BINS = 64
MOST_PX = 120_000_000
"""Pixels of a picture that is still decoded. A file of some kilobytes may claim thousands of millions."""
MOST_BYTES = 200_000_000
QUALITY = 82


@dataclass(frozen=True, slots=True)
class Shades:
    """How often each shade occurs, from black to white in 64 steps: a share of all pixels, a colour each."""

    red: list[float]
    green: list[float]
    blue: list[float]
    burnt: float
    """The share of pixels of which a colour is full."""


def shrunk(path: Path, longest_px: int) -> tuple[bytes, Shades]:
    """A JPEG of which no side is longer, and the shades of it.

    Raises:
        PictureDamaged: there is no picture in the file that can be decoded.
    """
    try:
        with JpegImageFile(io.BytesIO(_jpeg(path))) as image:
            if image.width * image.height > MOST_PX:
                raise PictureDamaged(f"A picture of {image.width} × {image.height} pixels is larger than any body's.")
            image.draft("RGB", (longest_px, longest_px))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (
        OSError,
        SyntaxError,
        ValueError,
        KeyError,
        ZeroDivisionError,
        OverflowError,
        Image.DecompressionBombError,
    ) as error:
        raise PictureDamaged(f"The picture cannot be decoded: {error}.", remedy="The file itself is kept as it is.") from error
    upright.thumbnail((longest_px, longest_px))
    written = io.BytesIO()
    upright.save(written, "JPEG", quality=QUALITY)
    return written.getvalue(), shades(upright)


def shades(image: Image.Image) -> Shades:
    """Count them."""
    pixels = np.asarray(image)
    counts = [np.bincount(pixels[..., colour].ravel() // (256 // BINS), minlength=BINS) for colour in range(3)]
    all_pixels = pixels.shape[0] * pixels.shape[1]
    red, green, blue = ([round(float(count) / all_pixels, 6) for count in colour] for colour in counts)
    return Shades(red, green, blue, round(float((pixels.max(axis=2) == 255).mean()), 6))


def _jpeg(path: Path) -> bytes:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        start, length = preview_place(file, size)
        if not 0 < length <= MOST_BYTES:
            raise PictureDamaged("The file has no picture inside that could be shown.", remedy="It is kept as it is.")
        file.seek(start)
        return file.read(length)
