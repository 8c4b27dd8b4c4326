"""Whatever a body sends as a picture is decoded or refused in a sentence."""

import io
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from nightside.errors import PictureDamaged
from nightside.focus.pictures import decoded
from nightside.focus.stars import measure
from nightside_drivers.api import LARGEST_VIEW


def jpeg(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(out, "JPEG")
    return out.getvalue()


GOOD = jpeg()


def claiming(width: int, height: int) -> bytes:
    """A good picture that claims another size."""
    at = GOOD.index(b"\xff\xc0") + 5
    return GOOD[:at] + struct.pack(">HH", height, width) + GOOD[at + 4 :]


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "YCbCr"])
def test_every_kind_of_jpeg_becomes_light_from_nought_to_one(mode: str) -> None:
    picture = decoded(jpeg(mode))
    assert picture.light.shape == picture.highest.shape == (48, 64)
    assert picture.light.dtype == np.float32
    assert 0 <= float(picture.light.min()) <= float(picture.light.max()) <= 1


def test_light_is_linear() -> None:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (255, 255, 255)).save(out, "JPEG")
    assert decoded(out.getvalue()).light.mean() == pytest.approx(1)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"", "cannot be decoded"),
        (b"\xff\xd8", "cannot be decoded"),
        (b"\x89PNG\r\n\x1a\n", "cannot be decoded"),
        (GOOD[:-200], "cannot be decoded"),
        (claiming(60_000, 60_000), "60000 × 60000 is larger"),
        (claiming(0, 0), "cannot be decoded"),
        (bytes(LARGEST_VIEW + 1), "larger than any"),
    ],
)
def test_what_is_no_picture_is_said(bad: bytes, says: str) -> None:
    with pytest.raises(PictureDamaged, match=says):
        decoded(bad)


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=8), st.integers(0, 40))
@example(2, b"\xff\xda", 0)
@example(20, b"\xff\xc4\x00\x00", 2)
def test_damage_anywhere_is_survived(at: int, other: bytes, cut: int) -> None:
    with suppress(PictureDamaged):
        measure(decoded(GOOD[:at] + other + GOOD[at + cut :]))
