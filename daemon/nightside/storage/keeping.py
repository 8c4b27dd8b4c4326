"""Moving frames on from the card into the spool.

Each step is in the ledger before the next begins, so it can be stopped and begun again at any frame. A frame that fails holds up
no other.
"""

import structlog

from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.storage.spool import Spool
from nightside_drivers.errors import BodyFailed, BodyUnfit, FileGone, SkipShot
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()


class Drain:
    """Copies one window's frames from the card into the spool."""

    def __init__(self, window: WindowRecord, spool: Spool, journal: Journal) -> None:
        """Nothing is copied yet."""
        self._window = window
        self._spool = spool
        self._journal = journal
        self._failed: dict[int, str] = {}
        """Frames that the body could not give, by the frame's id: they are not asked for again in this round."""

    async def run(self, body: Body) -> int:
        """Copy every frame that is only on the card, and give how many had to be left there.

        Raises what the body raises: the caller opens it again and calls again. What was drained stays drained, and a frame that
        broke the session is left out.
        """
        for frame in await self._journal.do(Ledger.frames, self._window.id, FrameState.ON_CARD):
            if frame.id not in self._failed:
                await self._one(body, frame)
        return len(self._failed)

    async def _one(self, body: Body, frame: FrameRecord) -> None:
        try:
            fetched, path = await self._spool.take(body, frame, self._window.serial)
        except FileGone as error:
            await self._write_off(body, frame, error)
        except (BodyFailed, SkipShot, FileExistsError) as error:
            self._failed[frame.id] = str(error)
            log.error("frame-left-on-card", file=frame.file.path, shot=frame.shot_index, why=str(error))
            if isinstance(error, BodyFailed):
                raise
        else:
            await self._journal.do(Ledger.drained, frame.id, fetched, path)
            log.info("frame-drained", shot=frame.shot_index, file=path, bytes=fetched.size, sha256=fetched.sha256)

    async def _write_off(self, body: Body, frame: FrameRecord, error: FileGone) -> None:
        """The body says that a file is not there. That is believed only while its card is."""
        listing = await body.files()
        store = frame.file.folder.strip("/").partition("/")[0]
        if any(file.path == frame.file.path for file in listing):
            raise BodyFailed(f"The body lists {frame.file.path} and does not give it.") from error
        if not any(file.folder.strip("/").partition("/")[0] == store for file in listing):
            raise BodyUnfit(
                "The card with this window's frames is not in the body, or cannot be read.",
                means="Nothing is lost: its frames are drained when it is back.",
                remedy="Put the card back.",
            ) from error
        await self._journal.do(Ledger.gone, frame.id, f"The card lost its frame {frame.file.path}.")
        log.error("frame-gone", file=frame.file.path, shot=frame.shot_index, why=str(error))
