"""`Readiness`: has the body open, known, and set up for the next release; tries for as long as that release can still be made."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from nightside.engine.accounts import Accounts
from nightside.engine.bodyclock import NEEDED_S, look_after_clock
from nightside.engine.circumstances import Circumstances
from nightside.engine.controls import Controls
from nightside.engine.dark import TOOK_LONGER, refuse_dark_frames, took_a_dark_frame
from nightside.engine.gauges import read_body, read_world
from nightside.engine.hold import Hold
from nightside.engine.timing import Go, Timing
from nightside.engine.trust import ClockTrust, ClockUntrusted, Trust, require
from nightside.errors import LedgerRefused
from nightside.ledger.journal import Journal
from nightside.plan.values import Overrun, Shot
from nightside_drivers.api import Capabilities, Exposure, ReleaseKind, Taken
from nightside_drivers.errors import BodyNotFound, BodyRefused, NightsideError, Reopen, StopNight

log = structlog.stdlib.get_logger()

NOT_FREE = "The exposure before it was not over yet."
TRUST_AGAIN_S = 15.0
"""How often (clock time) it is asked whether somebody keeps a clock by now that nobody kept."""
WRITING_S = 1.0
"""How long (clock time) after an exposure's end its file is given to appear on the card."""


class Readiness:
    """Of one body for one window."""

    def __init__(
        self,
        accounts: Accounts,
        hold: Hold,
        journal: Journal,
        timing: Timing,
        controls: Controls,
        circumstances: Circumstances,
    ) -> None:
        """Nothing is opened yet."""
        self.late_because = NOT_FREE
        """Why the next release is late, if it is."""
        self.trust: ClockTrust | None = None
        """How far the clock could be trusted when this window began; `None` before that."""
        self.prepared: Exposure | None = None
        """What the body took; `None` while it is not ready."""
        self._asked: Exposure | None = None
        self._distrusted = False
        self._longest_s = 0.0
        self._noted = False
        self._ask_again = 0.0
        self._said = ""
        self._accounts = accounts
        self._hold = hold
        self._journal = journal
        self._timing = timing
        self._controls = controls
        self._circumstances = circumstances
        self._plan = accounts.window.plan
        self._varied = len({replace(_asked(volley), frames=1) for volley in self._plan.volleys}) > 1

    def lost(self, because: str) -> None:
        """The body is not as it was left: it is got ready anew."""
        self.prepared = self._asked = None
        self.late_because = because

    def over(self, go: Go, taken: Taken) -> None:
        """A release is over. One that took a dark frame that nobody spoke of has the body asked again before the next."""
        self.late_because = NOT_FREE
        machine = self._timing.clock.machine
        length_s = machine(go.close_at) - machine(go.open_at)
        if self.prepared is not None and took_a_dark_frame(self.prepared, length_s, taken):
            self.lost(TOOK_LONGER)

    def shortens(self, shot: Shot) -> bool:
        """Whether Nightside itself closes the shutter of this shot."""
        longer = shot.exposure.shutter_s > self._longest_s
        return shot.release is ReleaseKind.USB_BULB or (shot.release is ReleaseKind.WIRED and longer)

    async def ready_for(self, volley: Sequence[Shot]) -> str | None:
        """Try to get the body ready for as long as something of this volley can be taken; give the reason if that fails.

        Whatever is wrong, a person or time may mend it: cables are plugged, batteries changed and dials turned in mid-window.
        """
        until = self._timing.useless_after(volley)
        while self._asked != _asked(volley):
            if self._timing.clock.monotonic() > until:
                return self.late_because
            if (ending := self._controls.ending) is not None:
                return ending
            try:
                await self._get_ready(volley)
            except (LedgerRefused, StopNight):
                raise
            except NightsideError as error:
                self.late_because = f"The body was not ready: {error.what}"
                if isinstance(error, BodyRefused) and self._varied:
                    return self.late_because  # the next release may ask for something that it does not refuse
                self._complain(error)
                if isinstance(error, Reopen):
                    await self._hold.lost(error)
                await self._hold.pause(self._hold.patience.pause_s)
        if self._said:
            self._said = ""
            log.info("body-ready-again")
            self._controls.board.publish(trouble=None)
        return None

    def _complain(self, error: NightsideError) -> None:
        """Once when it begins, and again when it is another trouble."""
        if error.what == self._said:
            return
        self._said = error.what
        log.warning("body-not-ready", code=error.code, why=str(error))
        self._controls.board.publish(trouble=str(error))
        if isinstance(error, ClockUntrusted):
            self._circumstances.notices.tell("clock-untrusted", str(error), window=self._accounts.window.name)

    async def _get_ready(self, volley: Sequence[Shot]) -> None:
        """Open the right body, note what its card holds, and set it up for this release."""
        await self._require_trust()
        opened = await self._hold.open_once()
        serial = self._accounts.window.serial
        if opened.identity.serial != serial:
            await self._hold.let_go()
            raise BodyNotFound(
                f"The plan is for the body {serial}, and {opened.identity.serial} is connected.",
                remedy="Connect the right body.",
            )
        self._take_note(opened.capabilities)
        if self._accounts.window.card_before is None:
            await self._accounts.remember_card(await self._hold.body.files())
        await self._clear_doubts(volley[0])
        asked = _asked(volley)
        prepared = await self._hold.body.prepare(asked)
        refuse_dark_frames(self._plan, volley, prepared)
        self.prepared = prepared
        if not self._noted:
            await self._note(volley[0])
        self._asked = asked

    async def _note(self, first: Shot) -> None:
        """Once a window, while it is not yet time for its first shot: the body's clock, and what there is to be measured."""
        clock, hold, window = self._timing.clock, self._hold, self._accounts.window
        left_s = clock.machine(self._timing.due(first)) - clock.machine(clock.monotonic())
        await look_after_clock(hold.body, window.serial, self._journal, hold.clock_care, left_s)
        if left_s > NEEDED_S:
            await read_body(hold.body, window.id, self._journal, self._controls.board, clock)
        await read_world(self._circumstances, self.trust, window.id, self._journal)
        self._noted = True
        self._circumstances.notices.tell("window-armed", session=window.session, window=window.name, body=window.serial)

    def _take_note(self, capabilities: Capabilities) -> None:
        self._longest_s = capabilities.longest_exposure_s

    async def _require_trust(self) -> None:
        """Ask how far the clock can be trusted, until it is enough; a window that has begun goes on with the clock it has."""
        if self.trust is not None:
            return
        trust = await asyncio.to_thread(self._circumstances.trust)
        confirmed = self._controls.clock_confirmed
        self._controls.board.publish(clock=str(trust))
        if self._circumstances.trust_matters and not (trust.enough or confirmed):
            self._distrusted = True
            require(trust, confirmed=False)
        if self._distrusted:
            self._timing.pin()  # whoever keeps the clock now may have stepped it: what is left keeps to the true UTC
        self.trust = trust if trust.enough or not confirmed else replace(trust, level=Trust.CONFIRMED)

    async def notice_trust(self) -> None:
        """Look now and then whether a clock that nobody kept is kept by now: then what is left keeps to the true UTC."""
        now = self._timing.clock.monotonic()
        if self.trust is None or self.trust.level not in {Trust.RTC, Trust.NONE} or now < self._ask_again:
            return
        self._ask_again = now + TRUST_AGAIN_S
        trust = await asyncio.to_thread(self._circumstances.trust)
        if trust.enough:
            log.warning("clock-set-right", by_s=round(self._timing.anchor.step(self._timing.clock), 3), keeper=trust.keeper)
            self._timing.pin()
            self.trust = trust
            self.late_because = "The computer's clock was set right in mid-window."
            self._controls.board.publish(clock=str(trust))
            await read_world(self._circumstances, trust, self._accounts.window.id, self._journal)

    async def _clear_doubts(self, following: Shot) -> None:
        """Look for the frames of shots in doubt before another exposure adds one, where there is time to."""
        if not self._accounts.doubts:
            return
        written = self._timing.due(self._plan.shots[max(self._accounts.doubts)]) + WRITING_S
        last = self._plan.shots[max(self._accounts.doubts)]
        written += (last.close_at - last.open_at).total_seconds()
        if self._plan.overrun_of(following) is Overrun.SKIP and written > self._timing.due(following):
            return
        await self._timing.clock.sleep_until(written)
        await self._accounts.reconcile(await self._hold.body.files())


def _asked(volley: Sequence[Shot]) -> Exposure:
    """What the body is prepared for: the settings of the volley's first shot, its release, and how many frames that takes."""
    return replace(volley[0].exposure, release=volley[0].release, frames=len(volley))
