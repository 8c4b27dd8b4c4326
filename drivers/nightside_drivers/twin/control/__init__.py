"""The control face: what no initiator may see or do, over HTTP on a loopback port, and its client in Python."""

from nightside_drivers.twin.control.client import ControlClient, ControlRefused
from nightside_drivers.twin.control.server import Control, serve_control

__all__ = ["Control", "ControlClient", "ControlRefused", "serve_control"]
