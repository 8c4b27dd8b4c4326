"""What must hold after every night, whatever happened in it: the eight invariants of the design, and truth against ledger.

Each is a function by itself, so that a failure names what was broken. The twin's truth log and the true clock are the judges; what
the engine says of itself proves nothing here.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path

from nightside.engine.emergency import NAME as EMERGENCY
from nightside.engine.emergency import is_emergency
from nightside.engine.reasons import doubted
from nightside.engine.runner import NOT_RUNNING
from nightside.engine.waiting import GLANCE_S
from nightside.ledger.records import Event
from nightside.ledger.states import FrameState, ShotState, WindowPhase
from nightside.plan.values import Overrun, Span
from nightside_drivers.twin.faults.vocabulary import Kind
from nightside_drivers.twin.truth import Opening
from tests.simulation.lives import PICTURES, Account, Night, Story

TOLERANCE_S = 0.02
LATE_S = 5.0
"""How far a frame may be from its shot's instant, where the grid stays."""

PAIR, HIGHEST_ALONE = {".NEF", ".JPG"}, 4
"""What a body writes at a Compression Setting above that."""

LOSES_FILES = frozenset({Kind.BATTERY_DEAD, Kind.POWER_CYCLE, Kind.CARD_FULL, Kind.CARD_PULLED, Kind.CARD_PROTECTED})


def no_shutter_is_left_open(night: Night) -> None:
    """1. Not by a kill, a hang, a cable pull or a crash; and none stays open longer than was asked for."""
    for story in night.stories:
        asked = [shot.exposure.shutter_s for account in story.accounts for shot in account.record.plan.shots]
        longest_s = max(asked, default=0.0)
        for opening in story.truth:
            assert opening.closed is not None, f"shutter of {story.part.serial} is open since {opening.opened:.1f} s"
            stuck = any(fault.kind is Kind.SHUTTER_STUCK for fault in story.part.faults)
            assert stuck or opening.closed - opening.opened <= longest_s + TOLERANCE_S, f"{opening} is longer than any shot"


def no_exposure_leaves_its_window(night: Night) -> None:
    """2. By the window as it really is, and by true time. An emergency has a window of its own."""
    windows = [umbra.true for umbra in night.script.umbras]
    for story in night.stories:
        allowed = [*windows, *((span.start, span.end) for span in _emergencies(story))]
        for opening in story.truth:
            if opening.ended_by == "stuck" or _disturbed(night, story, opening):
                continue
            opened, closed = night.clock.true(opening.opened), night.clock.true(opening.closed or opening.opened)
            assert any(start <= opened and closed <= end for start, end in allowed), (
                f"exposure {opening.index} of {story.part.serial} from {opened:%H:%M:%S.%f} to {closed:%H:%M:%S.%f} is in no window"
            )


def every_shot_ends_as_a_frame_or_a_reason(night: Night) -> None:
    """3. And every window is closed, once all is well again."""
    assert night.finished, f"the last daemon did not come to its end: {night.lives[-1].how}"
    for story, account in _accounts(night):
        assert account.record.phase is WindowPhase.CLOSED, f"window {account.record.name} of {story.part.serial} is left open"
        assert len(account.report.shots) == len(account.record.plan.shots)
        framed = {frame.shot_index for frame in account.frames if frame.state in KEPT}
        for shot in account.report.shots:
            missed = shot.state is ShotState.MISSED and bool(shot.reason)
            whole = shot.state is ShotState.EXPOSED and shot.index in framed
            assert missed or whole, f"shot {shot.index} of {account.record.name} is {shot.state}, its frame {shot.frame}"


def nothing_is_deleted_before_its_copies_are_verified(night: Night) -> None:
    """4. Each deletion was looked at when it came; and whatever a card lacks in the morning was deleted or never whole."""
    for story in night.stories:
        lost = [what for what in story.diary.wrong if "deleted without" in what]
        assert not lost, lost
        gone = [path for opening in story.truth for path in opening.files if _gone(path, story)]
        assert not gone, f"the card lacks {gone}, and nobody deleted it"


def no_file_is_overwritten_or_half_written(night: Night) -> None:
    """5. Every final name holds a whole file, for ever the same, equal to what the card gave."""
    assert not night.changed, f"changed: {night.changed}"
    for place in ("spool", *(name for name, _ in night.script.sinks)):
        root = night.folder / place
        for path in root.rglob("*"):
            assert path.suffix != ".part", f"{path} is half a file"
            assert path.suffix not in PICTURES or path.stat().st_mode & 0o222 == 0, f"{path} can be written"
    for story, account in _accounts(night):
        for frame in account.frames:
            if frame.sha256 is None:
                continue
            original = story.card.get(frame.file.path)
            assert original in {None, frame.sha256}, f"{frame.file.path} is not what was drained"
            for sink, copy in frame.copies:
                assert _sum(night.folder / sink / copy) == frame.sha256, f"{sink} holds something else for {frame.file.path}"
        names = [frame.spool_path for frame in account.frames if frame.spool_path]
        assert len(names) == len(set(names)), "two frames have the same name"


def a_kill_loses_the_shot_in_flight_at_most(night: Night) -> None:
    """6. What is missed because nobody was there was due while nobody was, or was late already when the daemon died."""
    true = night.clock.true
    for story, account in _accounts(night):
        plan = account.record.plan
        dead = [(true(one.ended), true(_found_again(night, story, other.began))) for one, other in pairwise(night.lives)]
        # A computer that wakes up looks at the clock within a glance, and has to find its body then.
        woken = [(at, min(at + GLANCE_S, _found_again(night, story, at))) for at, _ in night.clock.slept]
        asleep = [(true(at), true(back)) for at, back in woken]
        longest = max((volley[-1].close_at - volley[0].open_at for volley in plan.volleys), default=timedelta())
        held_up = story.part.faults or story.part.orders or plan.prompts or night.script.suspends
        late = bool(held_up) and any(plan.overrun_of(shot) is Overrun.PUSH for shot in plan.shots)
        busy = [span for span in _emergencies(story) if span.start < plan.span.end and plan.span.start < span.end]
        for shot in account.report.shots:
            if shot.reason not in {NOT_RUNNING, doubted(NOT_RUNNING)} or late or busy or night.script.steps:
                continue
            assert any(gone - longest <= shot.open_at <= back + timedelta(seconds=1) for gone, back in (*dead, *asleep)), (
                f"shot {shot.index} of {account.record.name} was given up while the daemon was there"
            )


def nothing_is_taken_twice(night: Night) -> None:
    """6, too: no more exposures than shots, and no file that two frames claim."""
    for story in night.stories:
        planned = sum(len(account.record.plan.shots) for account in story.accounts)
        assert len(story.truth) <= planned + _surplus(story), f"{len(story.truth)} exposures for {planned} shots"
        paths = Counter(frame.file.path for account in story.accounts for frame in account.frames)
        twice = [path for path, count in paths.items() if count > 1]
        assert not twice or _names_repeat(story), (
            f"{len(twice)} files are claimed by two frames each, the first of them {twice[0]}"
        )


def every_call_has_a_deadline_and_retries_end(night: Night) -> None:
    """7. No call took longer than it might, and nothing was asked over and over without a pause."""
    for story in night.stories:
        wrong = [what for what in story.diary.wrong if "deleted without" not in what]
        assert not wrong, wrong
    longest = night.lives[-1].ended - night.lives[0].began
    for story in night.stories:
        for what, count in story.diary.failures.items():
            assert count <= 20 + longest / 0.5, f"{what} {count} times in {longest:.0f} s"


def a_stepped_wall_clock_moves_nothing(night: Night) -> None:
    """8. Where nothing else went wrong, every shot was taken, at its instant of true time."""
    script = night.script
    if not script.steps or not script.calm:
        return
    for story, account in _accounts(night):
        plan = account.record.plan
        assert account.report.whole or (plan.prompts and not script.attentive), f"{account.report.missed} shots lost by a step"
        order = sorted(story.truth, key=lambda opening: opening.opened)
        opened = [night.clock.true(opening.opened) for opening in order]
        for shot in plan.shots if account.report.whole else ():
            nearest = min(abs((at - shot.open_at).total_seconds()) for at in opened)
            assert nearest <= plan.slack_s + shot.index * 0.15, f"shot {shot.index} was moved by {nearest:.2f} s"


def every_opening_is_accounted_for(night: Night) -> None:
    """Truth against ledger: every file that an exposure left has its frame; and every frame the exposure that it says."""
    for story in night.stories:
        listed = {frame.file.path: (account, frame) for account in story.accounts for frame in account.frames}
        faults = {fault.kind for fault in story.part.faults}
        late = Kind.SHUTTER_STUCK in faults  # its file comes when nobody waits any more
        for path in story.card:
            assert path in listed or late or _names_repeat(story), f"{path} is on the card, and in no ledger"
        if _names_repeat(story):
            continue
        for account in story.accounts:
            _frames_are_their_shots(night, story, account)
            extra = [frame.file.path for frame in account.frames if frame.shot_index is None and frame.flag is None]
            explained = story.part.faults or _surplus(story) or night.script.suspends
            assert not extra or explained, f"{extra} were exposed for shots of {account.record.name}, which say nothing of it"


def a_shot_is_safe_only_with_all_of_its_files(night: Night) -> None:
    """What the body was set to write is there in every required sink, or the shot does not count as safe and keeps its card files.

    And it is safe with them: whatever the body wrote and the card kept is not called lacking.
    """
    required = {name for name, needed in night.script.sinks if needed}
    for story, account in _accounts(night):
        expected = PAIR if story.part.quality > HIGHEST_ALONE else set[str]()
        for shot in account.report.shots:
            files = [frame for frame in account.frames if frame.shot_index == shot.index and frame.state in KEPT]
            there = {Path(frame.file.name).suffix for frame in files}
            held = [required <= {sink for sink, _ in frame.copies} for frame in files]
            whole = bool(files) and all(held) and there >= expected
            assert shot.safe == whole, f"shot {shot.index} of {account.record.name} with {there} is said safe: {shot.safe}"
            assert whole or not any(frame.state is FrameState.DELETED for frame in files), (
                f"a file of shot {shot.index} of {account.record.name} was deleted, and only {there} are kept of it"
            )
            assert bool(shot.lacks) == bool(files and expected - there), f"shot {shot.index} lacks {shot.lacks}, with {there}"


def nothing_is_left_on_the_card_alone(night: Night) -> None:
    """Every file on a card in the morning has all of its required copies."""
    required = {name for name, needed in night.script.sinks if needed}
    for story, account in _accounts(night):
        for frame in account.frames:
            if frame.file.path in story.card:
                held = {sink for sink, _ in frame.copies}
                assert required <= held, f"{frame.file.path} is {frame.state}, and only {sorted(held)} hold it"


def what_was_armed_is_what_was_shot(night: Night) -> None:
    """Each window was begun by what a person had armed by then, or by the configuration; and none where nothing was armed."""
    for story in night.stories:
        model = Armed(story.part.program.called)
        for event in story.events:
            if event.kind in {"armed", "disarmed"} and event.detail["body"] == story.part.serial:
                model.choose(event)
            elif event.kind == "window-planned" and event.detail["serial"] == story.part.serial and event.window_id is not None:
                model.planned[event.window_id] = event.detail["program"]
            elif event.kind == "window-withdrawn":
                model.planned.pop(event.window_id or 0, None)
            elif event.kind in {"window-shooting", "window-settling"} and event.window_id in model.planned:
                begun = model.planned.pop(event.window_id)
                if begun == EMERGENCY:
                    continue
                expected = model.begin(event.at)
                assert event.kind == "window-settling" or begun in expected, f"{begun} was shot, and {expected} was armed"


@dataclass
class Armed:
    """What is armed, as an independent reading of the events has it."""

    configured: str
    planned: dict[int, str] = field(default_factory=dict[int, str])
    standing: str = ""
    passing: tuple[str, int] = ("", 0)
    before: str = ""
    at: datetime | None = None

    def choose(self, event: Event) -> None:
        self.before, self.at = self.now, event.at
        name = {"program": event.detail["program"], "configured": self.configured, "nothing": "nothing"}[event.detail["kind"]]
        if event.detail["windows"] is None:
            self.standing, self.passing = name, ("", 0)
        else:
            self.passing = (name, event.detail["windows"])

    @property
    def now(self) -> str:
        return self.passing[0] if self.passing[1] else self.standing or self.configured

    def begin(self, at: datetime) -> set[str]:
        """What a window that begins may shoot; a choice of the same instant may have come too late for it."""
        may = {self.now, self.before if self.at == at else self.now}
        if self.passing[1]:
            self.passing = (self.passing[0], self.passing[1] - 1)
        return may


def nothing_hangs_by_its_own_pulse(night: Night) -> None:
    """Whatever a body or a disk does, every part says in time that it gets on: the watchdog ends no night that could go on."""
    assert not night.overdue, night.overdue[:3]


INVARIANTS: tuple[Callable[[Night], None], ...] = (
    no_shutter_is_left_open,
    no_exposure_leaves_its_window,
    every_shot_ends_as_a_frame_or_a_reason,
    nothing_is_deleted_before_its_copies_are_verified,
    no_file_is_overwritten_or_half_written,
    a_kill_loses_the_shot_in_flight_at_most,
    nothing_is_taken_twice,
    every_call_has_a_deadline_and_retries_end,
    a_stepped_wall_clock_moves_nothing,
    every_opening_is_accounted_for,
    a_shot_is_safe_only_with_all_of_its_files,
    nothing_is_left_on_the_card_alone,
    what_was_armed_is_what_was_shot,
    nothing_hangs_by_its_own_pulse,
)

KEPT = frozenset(state for state in FrameState if state not in {FrameState.ON_CARD, FrameState.GONE})


def assert_all(night: Night) -> None:
    """Every one of them."""
    for holds in INVARIANTS:
        holds(night)


def broken(night: Night) -> Iterator[tuple[str, str]]:
    """Name and complaint of each that does not hold."""
    for holds in INVARIANTS:
        try:
            holds(night)
        except AssertionError as error:
            yield holds.__name__, str(error).partition("\n")[0]


def _accounts(night: Night) -> Iterator[tuple[Story, Account]]:
    for story in night.stories:
        for account in story.accounts:
            yield story, account


def _frames_are_their_shots(night: Night, story: Story, account: Account) -> None:
    """Lay what the body really did beside what the ledger says: file by file, in order, and on a grid that stays at its instant."""
    made = {path.rpartition("/")[2]: opening for opening in story.truth for path in opening.files}
    plan = account.record.plan
    pairs = [
        (made[frame.file.name], plan.shots[frame.shot_index])
        for frame in sorted(account.frames, key=lambda frame: (frame.shot_index is None, frame.shot_index))
        if frame.shot_index is not None and frame.file.name in made
    ]
    order = [index for index, _ in groupby(opening.index for opening, _ in pairs)]  # the files of a pair count once
    assert order == sorted(set(order)), f"a shot of {account.record.name} has the frame of another: {order}"
    if night.script.suspends:
        return
    for opening, shot in pairs:
        late_s = (night.clock.true(opening.opened) - shot.open_at).total_seconds()
        stays = plan.overrun_of(shot) is Overrun.SKIP and not shot.joined
        wrong = late_s < -LATE_S or (stays and late_s > LATE_S)
        assert not wrong, f"shot {shot.index} of {account.record.name} has a frame that is {late_s:.0f} s away"


def _disturbed(night: Night, story: Story, opening: Opening) -> bool:
    """Whether no daemon could have ended it in time: its shutter was stuck, or the computer was suspended meanwhile."""
    closed = opening.closed or opening.opened
    stuck = any(fault.kind is Kind.SHUTTER_STUCK for fault in story.part.faults)
    return stuck or any(opening.opened <= at <= closed for at, _ in night.clock.slept)


def _gone(path: str, story: Story) -> bool:
    return not any(held.endswith(path) for held in [*story.card, *story.diary.deleted])


def _emergencies(story: Story) -> list[Span]:
    return [account.record.plan.span for account in story.accounts if is_emergency(account.record.plan)]


def _found_again(night: Night, story: Story, began: float) -> float:
    """When a daemon that began then had its body."""
    return next((at for at in story.diary.found if at >= began), night.lives[-1].ended)


def _surplus(story: Story) -> int:
    """Frames that a held button may take beyond what was planned: one a release."""
    volleys = sum(len(account.record.plan.volleys) for account in story.accounts)
    several = any(len(volley) > 1 for account in story.accounts for volley in account.record.plan.volleys)
    return volleys if several else 0


def _names_repeat(story: Story) -> bool:
    return any(fault.kind is Kind.COUNTER_RESET for fault in story.part.faults)


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
