"""Puts a picture of the sky together."""

import numpy as np

from nightside_drivers.twin.contents import FrameFacts
from nightside_drivers.twin.picture.light import BLACK, Light, expose
from nightside_drivers.twin.picture.sky.backdrop import add_hot_pixels, add_noise, backdrop
from nightside_drivers.twin.picture.sky.moving import add_cities, add_lightning, add_stars
from nightside_drivers.twin.picture.sky.optics import Optics
from nightside_drivers.twin.picture.sky.scenes import mounting


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
            add_stars(light, frame, mount, optics)
            if mount.orbits:
                add_cities(light, frame, mount, optics)
                add_lightning(light, frame, mount, optics)
        add_noise(light, frame, optics)
        add_hot_pixels(light, frame, optics)
        return expose(light)
