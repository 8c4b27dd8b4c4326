"""Plans as stored values: what was written by an earlier Nightside is still read."""

import json
from datetime import timedelta

import pytest

from nightside.plan.values import LateStart, Overrun, Plan, Prompt


def test_a_plan_of_the_first_version_is_read_as_one_without_parts_and_prompts(plan: Plan) -> None:
    old = json.loads(plan.model_dump_json())
    for key in ("late_start", "drain_s", "battery_percent", "prompts", "by_hand", "notes"):
        del old[key]
    for shot in old["shots"]:
        del shot["part"], shot["overrun"]
    read = Plan.model_validate(old | {"version": 1})
    assert read == plan.model_copy(update={"version": 1})
    assert read.late_start is LateStart.JOIN


def test_a_shot_without_a_policy_or_part_of_its_own_has_the_plans(plan: Plan) -> None:
    first, own = plan.shots[0], plan.shots[1].model_copy(update={"overrun": Overrun.SKIP, "part": "darks"})
    assert [plan.overrun_of(shot) for shot in (first, own)] == [Overrun.PUSH, Overrun.SKIP]
    assert [plan.part_of(shot) for shot in (first, own)] == ["star-trail", "darks"]


def test_a_prompt_for_no_shot_is_a_fault(plan: Plan) -> None:
    prompt = Prompt(before=len(plan.shots), at=plan.span.end - timedelta(seconds=1), says="Put the lens cap on.")
    with pytest.raises(ValueError, match="after its last shot"):
        plan.model_copy(update={"prompts": (prompt,)}).checked()
