"""The daemon's door to the clocks: every room of the service half takes time from here.

The clocks themselves stand at the bottom of the stack, where the twin and the host process reach them too.
"""

from nightside_drivers.clock import Anchor, Clock, ScaledClock, SystemClock, VirtualClock, rest

__all__ = ["Anchor", "Clock", "ScaledClock", "SystemClock", "VirtualClock", "rest"]
