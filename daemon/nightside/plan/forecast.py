"""What a plan will cost and ask for: battery, drain, and hands in mid-plan."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from nightside.plan.drafts import Draft, Expansion
from nightside.plan.hands import at_first, turned
from nightside.plan.means import Means
from nightside.plan.values import Prompt

OPEN_W = 3.0
"""What a body draws while its shutter is open (unproven: an open shutter and a running sensor, no display)."""


def battery_percent(drafts: Sequence[Draft], means: Means) -> float | None:
    """How much of a full battery shots take: by the maker's count of frames, and by how long the shutter is open."""
    body = means.body
    if body.battery_frames is None or body.battery_wh is None:
        return None
    open_s = sum(draft.length_us for draft in drafts) / 1e6
    return round(100 * (len(drafts) / body.battery_frames + open_s / 3600 * OPEN_W / body.battery_wh), 1)


def drain_s(frames: int, means: Means) -> float:
    """How long (machine time) it takes to copy so many frames off the card."""
    return round(frames * means.body.frame_bytes / means.body.drain_bytes_s, 1)


def prompts_of(whole: Expansion, start: datetime, means: Means) -> tuple[Prompt, ...]:
    """What a person does in mid-plan: what programs ask for, and what must be turned because shots differ."""
    prompts = [Prompt(before=ask.before, at=start + timedelta(microseconds=ask.at_us), says=ask.says) for ask in whole.asks]
    drafts = whole.drafts
    now = at_first([draft.exposure for draft in drafts], means)
    for index in range(1, len(drafts)):
        before, draft = drafts[index - 1], drafts[index]
        if draft.exposure == before.exposure:
            continue
        changes = turned(now, draft.exposure, means)
        now |= changes
        at = start + timedelta(microseconds=before.close_us)
        # Whether it was done is for the body to say, which refuses shots that do not fit; nobody need answer.
        prompts += [Prompt(before=index, at=at, says=says, waits=False) for says in changes.values()]
    return tuple(sorted(prompts, key=lambda prompt: (prompt.at, prompt.before)))
