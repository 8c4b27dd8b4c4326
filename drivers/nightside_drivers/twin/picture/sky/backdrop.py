"""What does not move during an exposure: the sky's glow, the airglow over the limb, the dark Earth, the sensor's own faults."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nightside_drivers.twin.contents import FrameFacts
from nightside_drivers.twin.picture.light import BLACK, WHITE, Light
from nightside_drivers.twin.picture.sky.optics import DARK_CURRENT_E, READ_NOISE_E, Optics
from nightside_drivers.twin.picture.sky.scenes import Mounting, above_limb
from nightside_drivers.twin.warmth import dark_current

COARSE_PX = 16
"""The glow is worked out for one pixel in so many each way, and drawn out between them."""

STEPS_A_DEGREE = 50
LOWEST_DEG, HIGHEST_DEG = -100, 181

AIRGLOW_DEG, AIRGLOW_WIDTH_DEG = 2.4, 0.35
"""The layer at 95 km, seen from 420 km: so far above the limb."""

HOT_SHARE = 2e-5
FEWEST_HOT = 12
NOISE_TILE_PX = (509, 761)

Curve = NDArray[np.float64]


def backdrop(frame: FrameFacts, mount: Mounting, optics: Optics) -> Light:
    """The glow of sky and Earth, with the black level under it."""
    curve = glow(mount)
    signal = curve * frame.exposure_s * optics.gain * (optics.aperture_cm2 / 0.4)
    table = np.minimum(signal + BLACK, WHITE).astype(np.int16)
    heights = _heights(frame, mount, optics)
    index = ((heights - LOWEST_DEG) * STEPS_A_DEGREE).astype(np.int32)
    light: Light = np.empty((frame.height_px, frame.width_px, 3), dtype=np.int16)
    for channel in range(3):
        light[..., channel] = table[:, channel][index]
    return light


def glow(mount: Mounting) -> Curve:
    """Electrons a second in a pixel of a 20 mm f/2.8 lens, by height over the limb (rows) and by colour (columns)."""
    height = np.arange(LOWEST_DEG, HIGHEST_DEG, 1 / STEPS_A_DEGREE)[:, None]
    above = 1 / (1 + np.exp(-12 * np.clip(height, -5, 5)))
    sky = np.array([1.6, 1.8, 2.2]) * above
    earth = np.array([0.5, 0.6, 0.9]) * (1 - above)
    if mount.orbits:
        layer = np.exp(-(((height - AIRGLOW_DEG) / AIRGLOW_WIDTH_DEG) ** 2))
        haze = np.exp(-np.maximum(height, 0) / 1.2) * (height > 0)
        light = sky + earth + layer * np.array([5.0, 14.0, 4.0]) + haze * np.array([5.0, 3.0, 2.0])
    else:
        town = np.exp(-np.maximum(height, 0) / 8.0) * (height > 0)
        light = sky + earth + town * np.array([14.0, 9.0, 4.0])
    curve: Curve = light
    return curve


def add_noise(light: Light, frame: FrameFacts, optics: Optics) -> None:
    """Read noise, and what dark current and glow add to it: more with ISO and with time."""
    random = np.random.default_rng((frame.seed, 1, frame.index & 0xFFFF_FFFF))
    dark = DARK_CURRENT_E * dark_current(frame.sensor_c)
    electrons = READ_NOISE_E**2 + (dark + 2.0) * frame.exposure_s
    tile_height, tile_width = NOISE_TILE_PX
    spread = float(np.sqrt(electrons) * optics.gain)
    tile = (spread * random.standard_normal((tile_height, tile_width, 3), dtype=np.float32)).astype(np.int16)
    for top in range(0, frame.height_px, tile_height):
        for left in range(0, frame.width_px, tile_width):
            part = light[top : top + tile_height, left : left + tile_width]
            part += tile[: part.shape[0], : part.shape[1]]


def add_hot_pixels(light: Light, frame: FrameFacts, optics: Optics) -> None:
    """The same pixels in every frame of one body, brighter with ISO, time and temperature."""
    random = np.random.default_rng((frame.seed, 2))
    count = max(FEWEST_HOT, round(HOT_SHARE * frame.height_px * frame.width_px))
    at = random.integers(0, frame.height_px, count), random.integers(0, frame.width_px, count)
    current = random.lognormal(mean=3.0, sigma=1.2, size=count)
    channel = random.integers(0, 3, count)
    leaking = current * dark_current(frame.sensor_c) * frame.exposure_s
    charged = np.minimum(leaking * optics.gain, WHITE).astype(np.int32)
    light[(*at, channel)] = np.minimum(light[(*at, channel)] + charged, WHITE)


def _heights(frame: FrameFacts, mount: Mounting, optics: Optics) -> NDArray[np.float32]:
    """Degrees over the limb of every pixel."""
    rows = np.linspace(0, frame.height_px, frame.height_px // COARSE_PX + 2)
    columns = np.linspace(0, frame.width_px, frame.width_px // COARSE_PX + 2)
    across, down = np.meshgrid(columns, rows)
    coarse = above_limb(mount, optics.directions(across, down)).astype(np.float32)
    fine = Image.fromarray(coarse).resize((frame.width_px, frame.height_px), Image.Resampling.BILINEAR)
    return np.asarray(fine, dtype=np.float32)
