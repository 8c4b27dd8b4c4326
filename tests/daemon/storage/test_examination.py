"""What is looked at once a window is drained, and what is written down of it."""

import asyncio
from datetime import timedelta

from nightside.ledger.states import Flag, FrameState
from nightside.ledger.store import Ledger
from nightside.storage.drain import Drain
from nightside.storage.examination import examine
from nightside.storage.traffic import Traffic
from nightside_drivers.api import CardFile
from tests.daemon.storage.conftest import CARD_FOLDER, SERIAL, Dawn


async def test_an_old_frame_that_a_body_gives_again_counts_for_no_shot(dawn: Dawn) -> None:
    """libgphoto2 #530: after a deletion the body may give the frame of another night."""
    morning = await asyncio.to_thread(dawn, [500])
    await morning.drain().run(morning.body)
    plan = morning.window.plan
    later = plan.model_copy(
        update={
            "span": plan.span.model_copy(
                update={"start": plan.span.start + timedelta(days=1), "end": plan.span.end + timedelta(days=1)}
            )
        }
    )
    window = await morning.journal.do(Ledger.begin, "20180704-star-trail", SERIAL, later)
    await morning.journal.do(Ledger.on_card, window.id, 0, CardFile(f"/{CARD_FOLDER}", "DSC_0001.NEF"))
    await Drain(window, morning.spool, morning.journal, morning.clock, Traffic()).run(morning.body)
    assert await examine(window, morning.spool, morning.journal, morning.clock) == 1
    assert await examine(window, morning.spool, morning.journal, morning.clock) == 0
    (frame,) = await morning.journal.do(Ledger.frames, window.id)
    assert (frame.flag, frame.shot_index, frame.state) == (Flag.STALE, None, FrameState.DRAINED)
    assert await examine(morning.window, morning.spool, morning.journal, morning.clock) == 0
