"""The ledger as a contact sheet: a few shots of a window with their files at a time, and what a person thinks of them."""

from sqlalchemy import func, select, update

from nightside.ledger import schema
from nightside.ledger.frames import Frames
from nightside.ledger.records import FrameRecord, ShotRecord
from nightside.ledger.shots import Shots
from nightside.ledger.states import ShotState

REJECTED = -1
MOST_STARS = 5


class Sheets(Shots, Frames):
    """Shots and frames beside each other. However many a window has, only those that are asked for are read."""

    def sheet(self, window_id: int, indices: range) -> tuple[list[ShotRecord], list[FrameRecord]]:
        """Shots of a window, and the files of theirs that are known."""
        f = schema.frames.c
        here = (f.window_id == window_id, f.shot_index >= indices.start, f.shot_index < indices.stop)
        return self.shots(window_id, indices), self._frames(*here)

    def rated(self, window_id: int, ratings: range, *, after: int, limit: int) -> list[FrameRecord]:
        """A page of those files of a window whose rating is one of these, in the order in which they were found."""
        f = schema.frames.c
        here = (f.window_id == window_id, f.rating >= ratings.start, f.rating < ratings.stop, f.id > after)
        return self._frames(*here, limit=limit)

    def unexplained(self, window_id: int, *, after: int, limit: int) -> list[FrameRecord]:
        """A page of the files of a window that no shot explains."""
        f = schema.frames.c
        return self._frames(f.window_id == window_id, f.shot_index.is_(None), f.id > after, limit=limit)

    def newest(self, serial: str) -> FrameRecord | None:
        """The file of a shot of this body that came into the spool last, of whatever window; `None` where none is there."""
        f, w = schema.frames.c, schema.windows.c
        there = (w.serial == serial, f.shot_index.is_not(None), f.spool_path.is_not(None), f.pruned_at.is_(None))
        found = self._rows(
            select(f.id).join(schema.windows, w.id == f.window_id).where(*there, *self._ours()).order_by(f.id.desc()).limit(1)
        )
        return self.frame(int(found[0][0])) if found else None

    def shot_counts(self, window_id: int) -> dict[ShotState, int]:
        """How many shots of a window are in each state that any is in."""
        c = schema.shots.c
        query = select(c.state, func.count()).where(c.window_id == window_id).group_by(c.state)
        return {ShotState(state): int(count) for state, count in self._rows(query)}

    def rate(self, frame_id: int, rating: int | None) -> list[FrameRecord]:
        """Say what a person thinks of a frame: 0 to 5 stars, or -1 for a reject; `None` takes it back.

        A frame is all files that share its stem: they are judged together. Gives them, as they are now.
        """
        if rating is not None and not REJECTED <= rating <= MOST_STARS:
            raise ValueError(f"a rating of {rating} is none")
        of, f = self.frame(frame_id), schema.frames.c
        beside = (f.window_id == of.window_id, f.folder == of.file.folder, f.shot_index.is_not_distinct_from(of.shot_index))
        together = [one for one in self._frames(*beside) if _stem(one) == _stem(of)]
        with self._transaction() as entry:
            for one in together:
                entry.change(
                    update(schema.frames).where(f.id == one.id).values(rating=rating), f"frame {one.id} cannot be rated"
                )
                entry.note("frame-rated", window_id=one.window_id, frame_id=one.id, detail={"rating": rating})
        return [self.frame(one.id) for one in together]


def _stem(frame: FrameRecord) -> str:
    return frame.file.name.rpartition(".")[0] or frame.file.name
