"""Puts a picture of the sky together."""

import numpy as np

from nightside_drivers.twin.contents import FrameFacts
from nightside_drivers.twin.picture.light import BLACK, Light, expose
from nightside_drivers.twin.picture.sky.backdrop import add_hot_pixels, add_noise, backdrop
from nightside_drivers.twin.picture.sky.focusing import SHARP_PX, add_disks, dimmed
from nightside_drivers.twin.picture.sky.moving import add_cities, add_lightning, add_stars
from nightside_drivers.twin.picture.sky.optics import Optics
from nightside_drivers.twin.picture.sky.scenes import Mounting, mounting


def _add_lights(light: Light, frame: FrameFacts, mount: Mounting, optics: Optics) -> None:
    """Everything that is a point or a streak of light."""
    add_stars(light, frame, mount, optics)
    if mount.orbits:
        add_cities(light, frame, mount, optics)
        add_lightning(light, frame, mount, optics)


class SkyPainter:
    """Paints what the camera would see from where it is."""

    def paint(self, frame: FrameFacts) -> Light:
        """What the sensor measured in that frame."""
        mount = mounting(frame.scene)
        optics = Optics.of(frame, mount.camera())
        if frame.dark:
            light: Light = np.full((frame.height_px, frame.width_px, 3), BLACK, dtype=np.int16)
        else:
            light = backdrop(frame, mount, optics)
            if optics.blur_px < SHARP_PX:
                _add_lights(light, frame, mount, optics)
            else:
                sharp = np.zeros_like(light)
                _add_lights(sharp, frame, mount, dimmed(optics))
                add_disks(light, sharp, optics)
        add_noise(light, frame, optics)
        add_hot_pixels(light, frame, optics)
        return expose(light)
