"""A plan as most nights have it, for what comes after plans."""

from datetime import datetime, timedelta

from nightside.plan.values import Overrun, Plan, Shot, Span
from nightside_drivers.api import Exposure


def star_trail(start: datetime, shots: int, every_s: float = 30.2) -> Plan:
    """A star trail of shots of 30 s, in a window of 36 minutes."""
    opens = [start + timedelta(seconds=every_s * index) for index in range(shots)]
    return Plan(
        program="star-trail",
        kind="star-trail",
        body="Nikon D3s",
        span=Span(start=start, end=start + timedelta(minutes=36), uncertainty_s=0.2),
        shots=tuple(
            Shot(index=index, open_at=at, close_at=at + timedelta(seconds=30), exposure=Exposure(30.0, 800))
            for index, at in enumerate(opens)
        ),
        overrun=Overrun.PUSH,
        slack_s=0.2,
        frame_bytes=14_000_000,
    )
