"""PTP over TCP/IP (CIPA DC-005): the face through which real clients, libgphoto2 first, drive a twin."""

from nightside_drivers.twin.ptpip.server import Server, serve

__all__ = ["Server", "serve"]
