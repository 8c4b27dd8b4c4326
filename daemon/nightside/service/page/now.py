"""Now: what every body does at this moment, what comes next, and the two things that a person may want at once."""

from collections.abc import Sequence

from nightside.engine.commands import Command, Confirm, Emergency, Resume, StopAfterShot
from nightside.engine.snapshot import LastFrame, Shutter, Snapshot
from nightside.ledger.states import WindowPhase
from nightside.service.gallery.gallery import NoPicture, Tile
from nightside.service.library import Unknown
from nightside.service.page import words
from nightside.service.page.controls import Countdown, Histogram, Hold, Instant, Picture
from nightside.service.page.following import follow
from nightside.service.page.markup import card, facts, icon, tag
from nightside.service.page.parts import Part
from nightside.service.page.states import empty, later, promptly, told
from nightside.service.page.visitor import Visitor


async def show(visitor: Visitor) -> None:
    """Build the page."""
    bodies = [_Body(visitor, index) for index in range(len(visitor.offered.desk.snapshots))]

    def shown(snapshots: Sequence[Snapshot]) -> None:
        for body, snapshot in zip(bodies, snapshots, strict=True):
            body.show(snapshot)

    follow(visitor.offered.desk, visitor.offered.library.clock, shown)


class _Body:
    """One body, with a part for each thing that changes by itself."""

    def __init__(self, visitor: Visitor, index: int) -> None:
        self._visitor, self._index = visitor, index
        with tag("div", classes="cards live"):
            self._parts = (
                Part(_shutter_key, self._shutter),
                Part(_next_key, self._next),
                Part(lambda now: (now.last_frame, now.safe, now.body), self._last_frame),
                Part(lambda now: (now.body, now.model, now.told), self._body),
            )
        with tag("div", classes="row actions", role="group", aria_label="Commands"):
            self._stop = Hold(
                "Stop after this shot", "stop_circle", promptly(visitor, lambda: self._give(StopAfterShot)), "danger"
            )
            self._emergency = Hold("Shoot now", "bolt", promptly(visitor, lambda: self._give(Emergency)), "emergency")
        if not visitor.operates:
            tag("p", "You are logged in to look, and not to command.", "quiet")

    def show(self, now: Snapshot) -> None:
        """Show what it does now."""
        for part in self._parts:
            part.show(now)
        self._stop.enable(on=self._visitor.operates and now.phase in {WindowPhase.PLANNED, WindowPhase.SHOOTING})
        self._emergency.enable(on=self._visitor.operates and bool(now.body))

    def _give(self, order: type[Command]) -> None:
        now = self._visitor.offered.desk.snapshots[self._index]
        told(lambda: " ".join(answer.says for answer in self._visitor.give(order(body=now.body or None))))

    def _shutter(self, now: Snapshot) -> None:
        with card("Shutter"):
            tag("p", words.doing(now), role="status")
            if now.shots:
                shot = f"Shot {now.shot + 1} of {now.shots}" if now.shot is not None else f"{now.shots} shots"
                with tag("p", classes="numbers"):
                    tag("strong", shot)
                    tag("span", f", {now.taken} taken, {now.missed} missed, {now.safe} safe")
            tag("p", words.SHUTTERS[now.shutter], "big")
            instant = now.closes_at if now.shutter is Shutter.OPEN else now.opens_at
            if now.shutter is not Shutter.CLOSED and instant is not None:
                with tag("p", "closes in " if now.shutter is Shutter.OPEN else "opens in "):
                    Countdown(instant, now.opens_at if now.shutter is Shutter.OPEN else None)

    def _next(self, now: Snapshot) -> None:
        with card("Next"):
            if now.trouble:
                with tag("p", classes="bad row", role="alert"):
                    icon("error")
                    tag("span", now.trouble)
            for waited in now.awaits:
                with tag("p", classes="warn row", role="status"):
                    icon("hourglass_empty")
                    tag("span", waited)
            if now.prompt:
                with tag("div", classes="row", role="alert"):
                    tag("strong", now.prompt)
                    self._button("Done", Confirm)
            if now.paused:
                self._button("Go on", Resume)
            if now.next:
                with tag("p", words.NEXT.get(now.next, now.next)):
                    if now.next_at is not None:
                        tag("span", " at ")
                        Instant(now.next_at, "time")
                if now.next_at is not None and now.shutter is Shutter.CLOSED:  # else it is counted down above
                    with tag("p", "in ", "quiet"):
                        Countdown(now.next_at)
            elif not (now.trouble or now.prompt or now.awaits):
                tag("p", words.doing(now), "quiet")
            if now.clock:
                tag("p", now.clock, "quiet")

    def _last_frame(self, now: Snapshot) -> None:
        with card("Last frame"):
            if now.last_frame is None:
                later(lambda: self._visitor.offered.gallery.newest(now.body), _before)
                return
            frame = now.last_frame
            later(lambda: self._there(frame.id), lambda why: _picture(frame, why))
            if now.last_frame.at is not None:
                with tag("p", "Opened at ", "quiet"):
                    Instant(now.last_frame.at, "time")

    async def _there(self, frame_id: int) -> str:
        """Why its file is not here yet; empty, where it is."""
        try:
            await self._visitor.offered.gallery.original(frame_id)
        except (NoPicture, Unknown) as error:
            return error.remedy
        return ""

    def _body(self, now: Snapshot) -> None:
        with card("Body"):
            if not now.body:
                empty(
                    "no_photography", "No camera has been found yet.", "Is it switched on, and its cable in? It is looked for."
                )
                return
            known = [("Model", now.model), ("Serial number", now.body)]
            if now.told is None:
                facts(known)
                tag("p", "It has told nothing of itself yet.", "quiet")
                return
            facts(known + words.body_facts(now.told))
            with tag("p", "As it said at ", "quiet"):
                Instant(now.told.at, "time")

    def _button(self, says: str, order: type[Command]) -> None:
        button = tag("button", says, "button first", type="button", disabled=not self._visitor.operates)
        button.on("click", lambda: self._give(order))


def _picture(frame: LastFrame, why: str) -> None:
    with tag("a", href=f"/frames?frame={frame.id}"):
        if why:
            tag("span", frame.stem)
        else:
            Picture(frame.id, frame.stem)
    if why:
        tag("p", why, "quiet")
    else:
        Histogram(frame.id)


def _before(tile: Tile | None) -> None:
    """What the last window left, while there is nothing of this one."""
    if tile is None or tile.shot is None:
        empty("photo_camera", "No frame is here yet.", "It is shown once its file has come from the card.")
        return
    tag("p", "No frame of this window is here yet. This is the last one before it.", "quiet")
    first = tile.files[0]
    _picture(LastFrame(first.id, first.file.name.rpartition(".")[0], tile.shot.opened_at), "")
    if tile.shot.opened_at is not None:
        with tag("p", "Opened at ", "quiet"):
            Instant(tile.shot.opened_at, "day")


def _next_key(now: Snapshot) -> object:
    said = (now.prompt, now.trouble, now.awaits, now.paused, now.clock)
    return (now.session_phase, now.phase, now.next, now.next_at, now.shutter, *said)


def _shutter_key(now: Snapshot) -> object:
    counts = (now.shot, now.shots, now.taken, now.missed, now.safe)
    return (now.session_phase, now.phase, now.next, now.paused, now.shutter, now.opens_at, now.closes_at, *counts)
