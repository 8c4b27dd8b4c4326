"""What is looked at once a window is drained, and what is written down of it."""

import asyncio
from datetime import timedelta

import pytest

from nightside.ledger.states import FileKind, Flag, FrameState
from nightside.ledger.store import Ledger
from nightside.storage.drain import Drain
from nightside.storage.examination import examine, expected_kinds, incomplete, tell_incomplete
from nightside.storage.traffic import Traffic
from nightside_drivers.api import CardFile
from tests.daemon.storage.conftest import CARD_FOLDER, SERIAL, Dawn

NEF, JPEG = FileKind.NEF, FileKind.JPEG


@pytest.mark.parametrize(
    ("quality", "kinds"),
    [
        ("NEF+Fine", {NEF, JPEG}),
        ("RAW + JPEG", {NEF, JPEG}),
        ("NEF (Raw)", {NEF}),
        ("JPEG Fine", {JPEG}),
        ("JPEG Basic", {JPEG}),
        ("TIFF (RGB)", set[FileKind]()),
        (None, set[FileKind]()),
    ],
)
def test_the_kinds_of_files_follow_from_what_the_body_calls_its_quality(quality: str | None, kinds: set[FileKind]) -> None:
    assert expected_kinds(quality) == kinds


async def test_a_shot_without_one_of_its_files_is_said_to_be_incomplete(dawn: Dawn) -> None:
    morning = await asyncio.to_thread(dawn, [500, 600])
    pair = CardFile(f"/{CARD_FOLDER}", "DSC_0001.JPG")
    await morning.journal.do(Ledger.on_card, morning.window.id, 0, pair)
    assert incomplete(await morning.frames(), frozenset({NEF, JPEG})) == {1: {JPEG}}
    await tell_incomplete(morning.window, morning.journal, "NEF+Normal")
    assert [frame.error for frame in await morning.frames()] == [None, "The JPEG of the same shot never came.", None]
    assert await tell_incomplete(morning.window, morning.journal, None) == {}


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
