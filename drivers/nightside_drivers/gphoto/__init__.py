"""The driver for every camera that libgphoto2 knows, over USB or PTP/IP. The only importer of gphoto2.

It is loaded in the child process that owns a body, never in the daemon: libgphoto2 can hold a call for 1000 seconds, parses
bytes that a device sends, and leaks. What lives here is the translation between a `Driver` and libgphoto2; what a body can do
is data in `nightside_drivers.bodies`.
"""
