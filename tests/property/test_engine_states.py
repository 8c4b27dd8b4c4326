"""Any sequence of phases, prompts and commands: the table of sessions is kept to, no command is lost, none is heeded twice."""

from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nightside.clock import VirtualClock
from nightside.engine.commands import Abort, Command, Confirm, Emergency, Pause, Resume, Skip, StopAfterShot
from nightside.engine.controls import ABORTED, STOPPED, Controls
from nightside.engine.snapshot import Board
from nightside.ledger.states import SESSION_BEFORE, SessionPhase

COMMANDS = st.one_of(
    st.builds(Pause),
    st.builds(Resume),
    st.builds(Skip, releases=st.integers(1, 5)),
    st.builds(StopAfterShot),
    st.builds(Abort),
    st.builds(Emergency),
    st.builds(Confirm, what=st.sampled_from(["prompt", "clock"])),
)


class Engine(RuleBasedStateMachine):
    """What a person and the runner do to one body's board and controls, beside what must come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.controls = Controls(Board(VirtualClock(datetime(2018, 7, 3, tzinfo=UTC))))
        self.phase = SessionPhase.FINDING
        self.asked: set[str] = set()
        """Commands that hold, by their kind."""
        self.skips = 0
        self.prompt: str | None = None

    @rule(phase=st.sampled_from(SessionPhase))
    def turn(self, phase: SessionPhase) -> None:
        """The session takes a step of the table; any other is refused, and changes nothing."""
        if phase is self.phase or self.phase in SESSION_BEFORE[phase]:
            self.controls.board.publish(session_phase=phase)
            self.phase = phase
        else:
            with pytest.raises(ValueError, match="cannot turn"):
                self.controls.board.publish(session_phase=phase)

    @rule(says=st.sampled_from([None, "Put the lens cap on.", "Take the lens cap off."]))
    def ask(self, says: str | None) -> None:
        """The runner asks for something, or no longer."""
        self.controls.board.publish(prompt=says)
        self.prompt = says

    @rule(command=COMMANDS)
    def give(self, command: Command) -> None:
        """A person commands something, and is answered in sentences."""
        assert self.controls.give(command).endswith(".")
        match command:
            case Resume():
                self.asked.discard("pause")
            case Skip(releases=count):
                self.skips += count
            case Confirm(what="prompt"):
                self.asked.discard("confirm")
                self.asked |= {"confirm"} if self.prompt else set[str]()
            case Confirm():
                self.asked.add("clock")
            case _:
                self.asked.add(command.kind)

    @rule()
    def release(self) -> None:
        """The runner asks once for each release whether it is to be left out."""
        assert self.controls.skip() is (self.skips > 0)
        self.skips = max(0, self.skips - 1)

    @rule()
    def heed(self) -> None:
        """The runner asks whether what was prompted for is done: a confirmation serves once."""
        assert self.controls.confirmed() is ("confirm" in self.asked)
        self.asked.discard("confirm")

    @rule()
    def begin(self) -> None:
        """Another window: it is not ended by what ended the one before; a pause between the two holds for it."""
        self.controls.begin()
        self.asked -= {"stop-after-shot", "abort", "confirm"}

    @rule()
    def over(self) -> None:
        """A window has been shot: what was asked for it is over, but for the clock and the emergency."""
        self.controls.over()
        self.asked &= {"clock", "emergency"}
        self.skips = 0

    @invariant()
    def everybody_sees_the_same(self) -> None:
        """The board, the controls and whoever counted agree."""
        now = self.controls.board.now
        assert now.session_phase is self.phase
        assert now.prompt == self.prompt
        assert now.paused is self.controls.paused is ("pause" in self.asked)
        assert self.controls.emergency is ("emergency" in self.asked)
        assert self.controls.clock_confirmed is ("clock" in self.asked)

    @invariant()
    def an_abort_outweighs_a_stop(self) -> None:
        """Why the window is not to go on."""
        ending = ABORTED if "abort" in self.asked else STOPPED if "stop-after-shot" in self.asked else None
        assert self.controls.ending == ending


Engine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestAnySequence = Engine.TestCase
