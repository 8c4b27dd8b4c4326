"""What libgphoto2 calls things is looked up in the very library that ships in the wheel."""

import os
from collections.abc import Iterator
from pathlib import Path

import gphoto2 as gp
import pytest

from nightside_drivers import preflight
from nightside_drivers.gphoto import usb_release, words

COMPOSED = {"RAW + L", "RAW + Large Fine JPEG"}
"""Put together by libgphoto2 from the parts (config.c: _get_Canon_EOS_ImageFormat), or so called in dumps of older ones."""
OLDER = {"Immediate", "Press Full"}
"""Words of releases before 2.5.34."""


@pytest.fixture(scope="module")
def library() -> bytes:
    assert gp.gp_library_version(gp.GP_VERSION_SHORT)
    return (Path(os.environ["CAMLIBS"]) / "ptp2.so").read_bytes()


def widgets() -> Iterator[str]:
    for name, value in vars(words).items():
        if name.endswith("_WIDGETS"):
            yield from value
    for names in words.WIDGETS.values():
        yield from names
    yield from (usb_release.BURST_WIDGET, usb_release.BULB_WIDGET, usb_release.REMOTE_WIDGET)


def choices() -> Iterator[str]:
    for meanings in words.MEANS.values():
        for meant in meanings.values():
            yield from meant
    yield from preflight.MANUAL
    yield from (*usb_release.REMOTE_PRESS, *usb_release.REMOTE_LET_GO)


@pytest.mark.parametrize("name", sorted(set(widgets())))
def test_every_widget_that_is_looked_for_is_one_of_libgphoto2s(library: bytes, name: str) -> None:
    assert name.encode() + b"\0" in library


@pytest.mark.parametrize("word", sorted(set(choices()) - COMPOSED - OLDER))
def test_every_word_that_is_written_is_one_of_libgphoto2s(library: bytes, word: str) -> None:
    assert word.encode() + b"\0" in library


@pytest.mark.parametrize("word", sorted(preflight.FOCUS_MANUAL | preflight.ONE_BY_ONE | preflight.BY_ITSELF))
def test_every_position_that_preflight_knows_is_one_of_libgphoto2s(library: bytes, word: str) -> None:
    assert word.encode() + b"\0" in library.lower()
