"""Plan: what will be shot, what it takes, what to turn by hand; another program to try, and to arm."""

import asyncio
from collections.abc import Mapping
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from nightside.errors import NightsideError, PlanImpossible
from nightside.plan.programs import AnyProgram, Program
from nightside.plan.reading import program_of, program_text
from nightside.plan.recipes import Recipe, recipes
from nightside.plan.values import Plan
from nightside.service.arming import Armed
from nightside.service.page.controls import Box, Hold, Instant
from nightside.service.page.markup import card, tag
from nightside.service.page.plan_preview import preview
from nightside.service.page.program_form import VALUE, Act, Path, changed, form
from nightside.service.page.program_starts import STARTS
from nightside.service.page.states import later, promptly, report
from nightside.service.page.visitor import Visitor
from nightside.service.wish import Wish

MOST_WINDOWS = 10_000
Choices = Mapping[str, tuple[str, Mapping[str, Any]]]
"""What may be tried: a label and the values of a program, by what the browser says of it."""


async def show(visitor: Visitor) -> None:
    """Build the page."""
    known = await asyncio.to_thread(recipes)
    _Desk(visitor, _choices(known, await visitor.offered.arming.armed())).build()


def _choices(known: tuple[Recipe, ...], armed: list[Armed]) -> dict[str, Choices]:
    """Groups of what may be tried."""
    own = {program.called: program for one in armed for program in one.programs}
    return {
        "Armed now": {f"armed/{name}": (name, program.model_dump(mode="json")) for name, program in own.items()},
        "Recipes": {one.name: (f"{one.name}: {one.about}", one.program.model_dump(mode="json")) for one in known},
        "From scratch": {f"new/{kind}": (kind.replace("-", " ").capitalize(), values) for kind, values in STARTS.items()},
    }


class _Desk:
    """What one open page tries: a program that is not armed yet, or, as long as none was chosen, what is."""

    def __init__(self, visitor: Visitor, groups: Mapping[str, Choices]) -> None:
        self._visitor = visitor
        self._groups = groups
        self._program: AnyProgram | None = None
        self._windows: int | None = None

    def build(self) -> None:
        """All of it."""
        with tag("div", classes="cards loose"):
            with card("Armed"):
                self._armed_again = later(self._visitor.offered.arming.armed, _armed)
                own = tag("button", "Arm the configuration's", "button", type="button", disabled=not self._visitor.operates)
                own.on("click", lambda: self._arm(Wish(configured=True)))
            with card("Try a program", "beside"):
                self._choice()
                self._form = ui.element("div")
                with tag("div", classes="form"), tag("label"):
                    tag("span", "For how many windows")
                    count = Box(number=True).on("tell", self._count)
                    count.props.update({"min": 1, "max": MOST_WINDOWS, "inputmode": "numeric", "placeholder": "not given"})
                    tag("small", "until something else is armed, when not given", "quiet")
            with card("Next plan"):
                self._plan_again = later(self._plan, self._preview, "Planning…", self._offer)
        with tag("div", classes="row actions", role="group", aria_label="Commands"):
            Hold("Disarm", "do_not_disturb_on", promptly(self._visitor, self._disarm), "danger").enable(
                on=self._visitor.operates
            )
            self._arming = Hold("Arm this program", "check_circle", promptly(self._visitor, self._arm_tried), "emergency")
            self._arming.enable(on=False)
        if not self._visitor.operates:
            tag("p", "You are logged in to look, and not to command.", "quiet")

    def _choice(self) -> None:
        with tag("label", classes="row"):
            tag("span", "Recipe")
            with tag("select").on("change", self._choose, js_handler=VALUE):
                tag("option", "what is armed", value="")
                for group, choices in self._groups.items():
                    if choices:
                        with tag("optgroup", label=group):
                            for value, (name, _) in choices.items():
                                tag("option", name, value=value)

    def _choose(self, event: GenericEventArguments) -> None:
        wanted = str(event.args)
        found = next((choices[wanted] for choices in self._groups.values() if wanted in choices), None)
        self._try(None if found is None else program_of(found[1]))
        self._draw_form()

    def _draw_form(self) -> None:
        self._form.clear()
        with self._form:
            if self._program is not None:
                form(self._program, self._change)

    def _change(self, path: Path, act: Act) -> None:
        if self._program is None:
            return
        try:
            self._try(program_of(changed(self._program.model_dump(mode="json"), path, act)))
        except NightsideError as error:
            report(f"{error.what} {error.remedy}", wrong=True)
            self._draw_form()
        except LookupError:
            self._draw_form()  # pressed in a form that was another one by then
        else:
            if _structural(self._program, path):
                self._draw_form()

    def _count(self, event: GenericEventArguments) -> None:
        text = str(event.args)
        right = text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MOST_WINDOWS
        self._windows = int(text) if right else None
        if text and not right:
            report(
                f"Windows are counted from 1 to {MOST_WINDOWS}; with none given it holds until another is armed.", wrong=True
            )

    def _try(self, program: AnyProgram | None) -> None:
        self._program = program
        self._arming.enable(on=program is not None and self._visitor.operates)
        self._plan_again()

    async def _plan(self) -> Plan:
        return await self._visitor.offered.library.plan(None, self._program)

    def _preview(self, plan: Plan) -> None:
        said = [now.told.battery_percent for now in self._visitor.offered.desk.snapshots if now.told is not None]
        preview(plan, next((percent for percent in said if percent is not None), None))

    def _offer(self, error: NightsideError) -> None:
        """What could be shot in the place of what cannot."""
        if not isinstance(error, PlanImpossible) or not isinstance(error.offered, Program):
            return
        offered = error.offered
        tag("h3", "The nearest program that can be shot")
        tag("pre", program_text(offered).strip(), "log", tabindex=0, aria_label="The nearest program that can be shot")
        tag("button", "Try this instead", "button first", type="button").on("click", lambda: self._take(offered), args=[])

    def _take(self, offered: Program) -> None:
        self._try(offered)
        self._draw_form()

    async def _arm_tried(self) -> None:
        if self._program is not None:
            await self._arm(Wish(program=self._program, windows=self._windows))

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


def _structural(program: Program, path: Path) -> bool:
    """Whether more than one field is another one now."""
    inside: Any = program
    for step in path:
        inside = inside[step] if isinstance(step, int) else getattr(inside, step)
    return isinstance(inside, tuple | Program)


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
            if one.in_flight:
                tag("p", f"Window {one.in_flight} has begun, and goes on as it is.", "quiet")
            if one.trouble:
                tag("p", one.trouble, "bad")
