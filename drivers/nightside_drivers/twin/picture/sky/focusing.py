"""What is out of focus: every point of light becomes an even disk, as behind a round aperture. Diffraction is left out."""

from dataclasses import replace
from math import pi

import numpy as np
from numpy.typing import NDArray

from nightside_drivers.twin.picture.light import WHITE, Light
from nightside_drivers.twin.picture.sky.optics import Optics

SHARP_PX = 0.5
"""A smaller disk is none."""

Disk = NDArray[np.float32]


def dimmed(optics: Optics) -> Optics:
    """Optics under which a point is as bright as each pixel of its disk will be, so that it is full no sooner than the disk."""
    return replace(optics, gain=optics.gain / max(1.0, pi / 4 * optics.blur_px**2))


def add_disks(light: Light, sharp: Light, optics: Optics) -> None:
    """Add the points of `sharp`, painted with `dimmed` optics, as disks."""
    disk = _disk(optics.blur_px)
    for channel in range(3):
        spread = _convolved(sharp[..., channel].astype(np.float32), disk)
        light[..., channel] = np.minimum(light[..., channel] + spread, WHITE).astype(np.int16)


def _disk(diameter_px: float) -> Disk:
    """Ones inside, with a soft edge."""
    reach = int(diameter_px / 2) + 1
    at = np.arange(-reach, reach + 1, dtype=np.float32)
    from_middle = np.hypot(at[:, None], at[None, :])
    return np.clip(diameter_px / 2 + 0.5 - from_middle, 0, 1).astype(np.float32)


def _convolved(plane: Disk, disk: Disk) -> Disk:
    height, width = (plane.shape[axis] + disk.shape[axis] - 1 for axis in (0, 1))
    product = np.fft.rfft2(plane, (height, width)) * np.fft.rfft2(disk, (height, width))
    full = np.fft.irfft2(product, (height, width))
    reach = disk.shape[0] // 2
    middle: Disk = full[reach : reach + plane.shape[0], reach : reach + plane.shape[1]].astype(np.float32)
    return middle
