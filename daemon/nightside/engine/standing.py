"""`Standing`: how many of a window's shots are taken, missed and safe, counted as the ledger writes it, not asked again and again.

It reads the ledger once, when a window is taken up, and from then on hears the lines of its event table, which come in the order
in which they were written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from nightside.engine.notices import Notice
from nightside.engine.snapshot import Board, LastFrame
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.states import COPIED, FileKind, FrameState, ShotState, kind_of
from nightside.storage.pairs import Kinds, expected_kinds, lacks

SHOTS = {f"shot-{state}": state for state in ShotState}
FRAMES = {f"frame-{state}": state for state in FrameState}
MOVED = frozenset({"frame-reassigned", "frame-flagged"})
"""Lines of the event table that give a file to another shot, or to none."""


@dataclass(frozen=True, slots=True)
class _File:
    stem: str
    kind: FileKind
    shot_index: int | None
    state: FrameState


class Standing:
    """Of one body's present window, published on its board."""

    def __init__(self, board: Board) -> None:
        """It counts nothing before `begin`."""
        self._board = board
        self._window_id: int | None = None
        self._expected: Kinds = frozenset()
        """The kinds of files that the body writes of each shot, as it said itself; none where it does not say."""
        self._shots: dict[int, ShotState] = {}
        self._opened: dict[int, datetime] = {}
        self._files: dict[int, _File] = {}
        self._of_shot: dict[int, set[int]] = {}
        self._safe: set[int] = set()
        self._newest: int | None = None

    async def begin(self, window_id: int, journal: Journal) -> None:
        """Count this window from now on, from how the ledger has it."""
        self._begin(
            *await journal.do(lambda ledger: (ledger.window(window_id), ledger.shots(window_id), ledger.frames(window_id)))
        )

    def _begin(self, window: WindowRecord, shots: Sequence[ShotRecord], frames: Sequence[FrameRecord]) -> None:
        self._window_id = window.id
        self._expected = expected_kinds(window.quality)
        self._count(shots, frames)

    def _count(self, shots: Sequence[ShotRecord], frames: Sequence[FrameRecord]) -> None:
        self._shots = {shot.index: shot.state for shot in shots}
        self._opened = {shot.index: shot.opened_at for shot in shots if shot.opened_at is not None}
        self._files, self._of_shot, self._safe = {}, {}, set()
        for frame in frames:
            self._put(frame.id, _File(_stem(frame.file.name), frame.kind, frame.shot_index, frame.state))
        self._newest = max(self._files, default=None)
        self._publish()

    def hear(self, notice: Notice) -> None:
        """Take a line of the event table; whatever else there is to hear is not for this."""
        detail = notice.detail
        if self._window_id is None or detail.get("window_id") != self._window_id:
            return
        if notice.name == "window-withdrawn":
            self._count((), ())
            self._window_id = None  # the number may be another window's next
        elif notice.name in SHOTS:
            index = detail["shot_index"]
            self._shots[index] = SHOTS[notice.name]
            if opened_at := detail.get("opened_at"):
                self._opened[index] = datetime.fromisoformat(opened_at)
            self._publish()
        elif notice.name == "quality-told":
            self._expected = expected_kinds(detail["quality"])
            for index in self._of_shot:
                self._look_at(index)
            self._publish()
        elif notice.name in FRAMES or notice.name in MOVED:
            self._hear_of_file(notice.name, detail["frame_id"], detail)

    def _hear_of_file(self, name: str, frame_id: int, detail: Mapping[str, Any]) -> None:
        file = self._files.get(frame_id)
        if file is None:
            if "name" not in detail:
                return
            name = detail["name"]
            file = _File(_stem(name), kind_of(name), detail.get("shot_index"), FrameState.ON_CARD)
            self._newest = frame_id
        elif name in MOVED:
            file = replace(file, shot_index=detail.get("shot_index"))
        else:
            file = replace(file, state=FRAMES[name])
        self._put(frame_id, file)
        self._publish()

    def _put(self, frame_id: int, file: _File) -> None:
        """Keep what is known of a file, and see whether the shots that it concerns are safe now."""
        before = self._files.get(frame_id)
        self._files[frame_id] = file
        if before is not None and before.shot_index is not None and before.shot_index != file.shot_index:
            self._of_shot[before.shot_index].discard(frame_id)
            self._look_at(before.shot_index)
        if file.shot_index is not None:
            self._of_shot.setdefault(file.shot_index, set()).add(frame_id)
            self._look_at(file.shot_index)

    def _look_at(self, index: int) -> None:
        there = [file for one in self._of_shot[index] if (file := self._files[one]).state is not FrameState.GONE]
        held = all(file.state in COPIED for file in there)
        if there and held and not lacks({file.kind for file in there}, self._expected):
            self._safe.add(index)
        else:
            self._safe.discard(index)

    def _publish(self) -> None:
        states = [*self._shots.values()]
        self._board.publish(
            window_id=self._window_id,
            taken=states.count(ShotState.EXPOSED),
            missed=states.count(ShotState.MISSED),
            safe=len(self._safe),
            last_frame=None if self._newest is None else self._last(self._newest),
        )

    def _last(self, frame_id: int) -> LastFrame:
        file = self._files[frame_id]
        return LastFrame(frame_id, file.stem, None if file.shot_index is None else self._opened.get(file.shot_index))


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
