"""What each PTP operation does to a body: one function an operation, in one table. Transport is elsewhere."""

from nightside_drivers.twin.operations import capture, controls, device, liveview, objectprops, storage
from nightside_drivers.twin.operations.exchange import Table

TABLE: Table = {
    **device.TABLE,
    **storage.TABLE,
    **objectprops.TABLE,
    **capture.TABLE,
    **liveview.TABLE,
    **controls.TABLE,
}
"""Every operation that the twin knows; which of them a body answers is in its data file."""
