"""What is said when a body has been let go after a window, and is not as it was found."""

import structlog

from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.store import Ledger
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()


async def tell_not_restored(body: Body, window: WindowRecord, journal: Journal) -> None:
    """Say which settings of a body that was let go could not be put back: in the log, and in the ledger, which tells it on.

    The end of its next session tries again.
    """
    left = {str(setting): before for setting, before in body.left_changed.items()}
    if not left:
        return
    log.warning("settings-not-restored", before=left, next="It is tried again when the body is let go the next time.")
    await journal.do(Ledger.not_restored, window.id, left)
