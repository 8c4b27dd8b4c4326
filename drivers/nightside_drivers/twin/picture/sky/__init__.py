"""What a camera in the Cupola, or on a tripod, sees at an instant: stars at their places, the limb, lights and lightning."""

from nightside_drivers.twin.picture.sky.painter import SkyPainter

__all__ = ["SkyPainter"]
