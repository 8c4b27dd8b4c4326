"""A plan before it is shot: how much, what it takes, what to turn by hand, what may go wrong, and the shots themselves."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from nightside.plan.values import Plan, Prompt
from nightside.service.outlook.words import length
from nightside.service.page.controls import Instant
from nightside.service.page.markup import facts, icon, tag
from nightside.service.page.words import sized

HALF_A_DAY = timedelta(hours=12)
SHOTS = 40
"""Shown of a plan."""


def preview(plan: Plan, battery_percent: int | None) -> None:
    """Draw it. `battery_percent` is what the body said that it has, where it did."""
    with tag("p", f"{plan.program}: {len(plan.shots)} shots on a {plan.body}, from "):
        Instant(plan.span.start, "day")
        tag("span", " to ")
        Instant(plan.span.end, "day" if plan.span.duration > HALF_A_DAY else "minute")
    drain = "not known" if plan.drain_s is None else length(timedelta(seconds=plan.drain_s))
    facts(
        [
            ("Exposures", _exposures(plan)),
            ("Between two", _gaps(plan)),
            ("Room", f"{sized(plan.expected_bytes)} on the card and in each sink"),
            ("Drain", drain),
            ("Battery", _battery(plan, battery_percent)),
            ("A late shot", _late(plan)),
        ]
    )
    if len(plan.shots) > 1 and not any(" px " in note for note in plan.notes):
        tag("p", "Give the focal length, and how far the stars move is told in pixels.", "quiet")
    _list("To turn by hand before it", "pan_tool", "", plan.by_hand)
    _prompts(plan.prompts)
    _list("Warnings", "warning", "warn", plan.warnings)
    _list("Good to know", "info", "quiet", plan.notes)
    with tag("details", classes="more"):
        tag("summary", "The shots, one by one")
        _shots(plan)


def _exposures(plan: Plan) -> str:
    lengths = sorted({shot.exposure.shutter_s for shot in plan.shots})
    isos = sorted({shot.exposure.iso for shot in plan.shots if shot.exposure.iso is not None})
    each = f"{lengths[0]:g} s" if len(lengths) == 1 else f"{lengths[0]:g} s to {lengths[-1]:g} s"
    return each + (f", ISO {', '.join(map(str, isos))}" if isos else ", ISO as it is set")


def _gaps(plan: Plan) -> str:
    """How long the shutter is closed between two shots."""
    gaps = [(after.open_at - before.close_at).total_seconds() for before, after in pairwise(plan.shots)]
    if not gaps:
        return "one shot alone"
    least, most = min(gaps), max(gaps)
    return f"{least:.3g} s" if most - least < 0.001 else f"{least:.3g} s to {most:.3g} s"


def _battery(plan: Plan, has_percent: int | None) -> str:
    if plan.battery_percent is None:
        return "not known"
    takes = f"{plan.battery_percent:.0f} % of a full one"
    return takes if has_percent is None else f"{takes}; the body's has {has_percent} % left"


def _late(plan: Plan) -> str:
    policies = dict.fromkeys(plan.overrun_of(shot) for shot in plan.shots)
    says = {"skip": "is left out", "push": "is taken later", "shorten": "is taken, and is shorter"}
    return ", or ".join(says[policy] for policy in policies)


def _list(title: str, symbol: str, kind: str, said: Sequence[str]) -> None:
    if not said:
        return
    tag("h3", title)
    with tag("ul", classes="said"):
        for one in said:
            with tag("li", classes=f"row {kind}"):
                icon(symbol)
                tag("span", one)


def _prompts(prompts: Sequence[Prompt]) -> None:
    if not prompts:
        return
    tag("h3", "To do by hand while it runs")
    with tag("ul", classes="said"):
        for prompt in prompts:
            with tag("li", classes="row"):
                icon("front_hand")
                with tag("span", f"{prompt.says} At "):
                    Instant(prompt.at, "time")
                    tag("span", f", before shot {prompt.before + 1}" + ("; it waits for you." if prompt.waits else "."))


def _shots(plan: Plan) -> None:
    with tag("ol", classes="numbers numbered"):
        for shot in plan.shots[:SHOTS]:
            with tag("li"):
                Instant(shot.open_at, "time")
                part = f", {plan.part_of(shot)}" if shot.part else ""
                tag("span", f", {(shot.close_at - shot.open_at).total_seconds():g} s{part}")
    if len(plan.shots) > SHOTS:
        with tag("p", f"and {len(plan.shots) - SHOTS} more, the last at ", "quiet"):
            Instant(plan.shots[-1].open_at, "time")
