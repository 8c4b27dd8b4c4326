"""`Gate`: what every release passes before it is made ready: commands, prompts, and what the world has to say by then."""

from collections.abc import Sequence

import structlog

from nightside.engine.circumstances import Circumstances
from nightside.engine.controls import PAUSED, SKIPPED, Controls
from nightside.engine.emergency import is_emergency
from nightside.engine.readiness import Readiness
from nightside.engine.timing import Timing
from nightside.plan.values import Prompt, Shot

log = structlog.stdlib.get_logger()


class WindowEnded(Exception):
    """Nothing more is to be shot in this window."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class HandedOver(Exception):
    """The body is to be left for an emergency program."""


class Gate:
    """Of one window on one body."""

    def __init__(self, timing: Timing, controls: Controls, circumstances: Circumstances, ready: Readiness) -> None:
        self._timing = timing
        self._controls = controls
        self._circumstances = circumstances
        self._ready = ready
        self._shown: Prompt | None = None
        self._done: Prompt | None = None

    async def pass_through(self, volley: Sequence[Shot]) -> str | None:
        """Come back when these shots may be taken, or with the reason why they are not.

        Raises:
            WindowEnded: somebody has ended the window.
            HandedOver: somebody wants the emergency program.
        """
        while (held_up := self._held_up(volley[0])) is not None:
            until = self._timing.useless_after(volley)
            if self._timing.clock.monotonic() >= until:
                return held_up
            self._ready.late_because = held_up
            await self._controls.until(self._timing.clock, until)
        return SKIPPED if self._controls.skip() else None

    def _held_up(self, shot: Shot) -> str | None:
        """Why this shot cannot be taken now."""
        if (ending := self._controls.ending) is not None:
            raise WindowEnded(ending)
        if self._controls.emergency and not is_emergency(self._timing.plan):
            raise HandedOver
        if self._controls.paused:
            return PAUSED
        prompt = self._prompt_of(shot)
        if prompt is None or prompt == self._done:
            return None
        self._show(prompt)
        if prompt.waits and not self._controls.confirmed():
            return f"Nobody said that this was done: {prompt.says}"
        self._done = prompt
        if prompt.waits:
            self._controls.board.publish(prompt=None)
        return None

    def _prompt_of(self, shot: Shot) -> Prompt | None:
        """All that was to be done by hand before this shot and since the ones before it, as one prompt."""
        prompts = self._timing.plan.prompts
        place = max((prompt.before for prompt in prompts if prompt.before <= shot.index), default=None)
        due = [prompt for prompt in prompts if prompt.before == place]
        if not due:
            return None
        says = " ".join(prompt.says for prompt in due)
        return Prompt(before=due[0].before, at=due[0].at, says=says, waits=any(prompt.waits for prompt in due))

    def _show(self, prompt: Prompt) -> None:
        if prompt == self._shown:
            return
        self._shown = prompt
        self._controls.confirmed()  # said of what was shown before, which did not wait for it: not of this
        self._controls.board.publish(prompt=prompt.says, next="a person's confirmation" if prompt.waits else "")
        log.warning("prompt", says=prompt.says, waits=prompt.waits)
        self._circumstances.notices.tell("prompt", prompt.says, before=prompt.before, waits=prompt.waits)
