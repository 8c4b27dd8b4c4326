"""Plan: what will be shot, what it takes, what to turn by hand; another program to try, and to arm."""

import asyncio
from collections.abc import Sequence
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from nightside.errors import NightsideError
from nightside.plan.programs import AnyProgram
from nightside.plan.reading import program_of
from nightside.plan.recipes import Recipe, recipes
from nightside.plan.values import Plan
from nightside.service.arming import Armed, Wish
from nightside.service.page.controls import Hold, Instant
from nightside.service.page.markup import card, facts, icon, tag
from nightside.service.page.program_form import VALUE, form
from nightside.service.page.states import later, report
from nightside.service.page.visitor import Visitor
from nightside.service.page.words import sized

SHOTS = 20
"""Shown of a plan."""


async def show(visitor: Visitor) -> None:
    """Build the page."""
    _Desk(visitor, await asyncio.to_thread(recipes)).build()


class _Desk:
    """What one open page tries: a program that is not armed yet, or, as long as none was chosen, what is."""

    def __init__(self, visitor: Visitor, known: Sequence[Recipe]) -> None:
        self._visitor = visitor
        self._recipes = {one.name: one for one in known}
        self._program: AnyProgram | None = None

    def build(self) -> None:
        """All of it."""
        with tag("div", classes="cards"):
            with card("Armed"):
                self._armed_again = later(self._visitor.offered.arming.armed, _armed)
                with tag("div", classes="row"):
                    button = tag(
                        "button", "Arm the configuration's", "button", type="button", disabled=not self._visitor.operates
                    )
                    button.on("click", lambda: self._arm(Wish(configured=True)))
                    Hold("Disarm", "do_not_disturb_on", self._disarm, "danger").enable(on=self._visitor.operates)
            with card("Try a program"):
                with tag("label", classes="row"):
                    tag("span", "Recipe")
                    with tag("select").on("change", self._choose, js_handler=VALUE):
                        tag("option", "what is armed", value="")
                        for name, one in self._recipes.items():
                            tag("option", f"{name}: {one.about}", value=name)
                self._form = ui.element("div")
                self._arming = Hold("Arm this program", "check_circle", self._arm_tried, "emergency")
                self._arming.enable(on=False)
            with card("Next plan", "wide"):
                self._plan_again = later(self._plan, _plan, "Planning…")

    async def _plan(self) -> Plan:
        return await self._visitor.offered.library.plan(None, self._program)

    def _choose(self, event: GenericEventArguments) -> None:
        one = self._recipes.get(str(event.args))
        self._try(None if one is None else program_of(one.program.model_dump(mode="json")))
        self._draw_form()

    def _draw_form(self) -> None:
        self._form.clear()
        with self._form:
            if self._program is not None:
                form(self._program, self._change)

    def _change(self, key: str, value: Any) -> None:
        if self._program is None:
            return
        try:
            self._try(program_of(self._program.model_dump(mode="json") | {key: value}))
        except NightsideError as error:
            report(f"{error.what} {error.remedy}", wrong=True)
            self._draw_form()

    def _try(self, program: AnyProgram | None) -> None:
        self._program = program
        self._arming.enable(on=program is not None and self._visitor.operates)
        self._plan_again()

    async def _arm_tried(self) -> None:
        if self._program is not None:
            await self._arm(Wish(program=self._program))

    async def _arm(self, wish: Wish) -> None:
        await self._tell(self._visitor.offered.arming.arm(wish), "Armed from the next window on.")

    async def _disarm(self) -> None:
        await self._tell(self._visitor.offered.arming.disarm(), "No further window is begun.")

    async def _tell(self, choosing: Any, says: str) -> None:
        try:
            self._visitor.require_operator()
        except NightsideError as error:
            choosing.close()
            report(f"{error.what} {error.remedy}", wrong=True)
            return
        try:
            await choosing
        except NightsideError as error:
            report(" ".join(part for part in (error.what, error.means, error.remedy) if part), wrong=True)
        else:
            report(says)
            self._armed_again()
            self._plan_again()


def _armed(found: list[Armed]) -> None:
    for one in found:
        with tag("div"):
            tag("strong", f"Body {one.body}" if one.body else "The body that is looked for")
            names = ", ".join(program.name or program.kind_name for program in one.programs)
            left = "" if one.left is None else f", for {one.left} more window{'s' if one.left != 1 else ''}"
            tag("p", f"{names or 'nothing'}{left} ({one.kind})")
            if one.since is not None:
                with tag("p", "since ", "quiet"):
                    Instant(one.since, "day")
            if one.trouble:
                tag("p", one.trouble, "bad")


def _plan(plan: Plan) -> None:
    with tag("p", f"{plan.program}: {len(plan.shots)} shots on a {plan.body}, from "):
        Instant(plan.span.start, "day")
        tag("span", " to ")
        Instant(plan.span.end)
    drain = "not known" if plan.drain_s is None else f"{plan.drain_s / 60:.0f} min"
    battery = "not known" if plan.battery_percent is None else f"{plan.battery_percent:.0f} % of a full one"
    facts([("Room", sized(plan.expected_bytes)), ("Drain", drain), ("Battery", battery), ("A late shot", str(plan.overrun))])
    for title, symbol, kind, said in (
        ("To turn by hand", "pan_tool", "", plan.by_hand),
        ("Warnings", "warning", "warn", plan.warnings),
        ("Good to know", "info", "quiet", plan.notes),
    ):
        if said:
            tag("h3", title)
            with tag("ul", classes="said"):
                for one in said:
                    with tag("li", classes=f"row {kind}"):
                        icon(symbol)
                        tag("span", one)
    tag("h3", "Shots")
    with tag("ol", classes="numbers"):
        for shot in plan.shots[:SHOTS]:
            with tag("li"):
                Instant(shot.open_at, "time")
                tag("span", f", {(shot.close_at - shot.open_at).total_seconds():g} s")
    if len(plan.shots) > SHOTS:
        with tag("p", f"and {len(plan.shots) - SHOTS} more, the last at ", "quiet"):
            Instant(plan.shots[-1].open_at, "time")
