"""Room for a night, and what becomes of one that has none."""

import pytest

from nightside.errors import StorageFull
from nightside.plan.values import Plan
from nightside.storage.policy import RoomPolicy
from nightside.storage.room import Forecast, fitted, forecast

FRAME = 14_000_000


def test_a_forecast_reads_as_people_talk() -> None:
    assert str(Forecast(826_000_000, 12_000_000_000)) == "needs 0.8 GB, spool has 12.0 GB"
    assert str(Forecast(826_000_000, 12_000_000_000, 2_000_000_000)) == (
        "needs 0.8 GB, spool has 10.0 GB above its floor of 2.0 GB"
    )


def test_a_forecast_counts_what_still_waits_on_cards_and_keeps_to_the_floor(plan: Plan) -> None:
    assert forecast(plan, 0, 5 * FRAME, 0).fits
    assert not forecast(plan, 1, 5 * FRAME, 0).fits
    assert not forecast(plan, 0, 5 * FRAME, 1).fits
    assert forecast(plan, 0, 0, FRAME).room == 0


@pytest.mark.parametrize(
    ("policy", "room", "shots"),
    [
        (RoomPolicy.CARD, 0, 5),
        (RoomPolicy.REFUSE, 5 * FRAME, 5),
        (RoomPolicy.SHORTEN, 5 * FRAME, 5),
        (RoomPolicy.SHORTEN, 5 * FRAME - 1, 4),
        (RoomPolicy.SHORTEN, FRAME, 1),
    ],
)
def test_a_window_is_shot_as_far_as_the_policy_says(plan: Plan, policy: RoomPolicy, room: int, shots: int) -> None:
    left = fitted(plan, forecast(plan, 0, room, 0), policy)
    assert left.shots == plan.shots[:shots]
    assert left.checked() == left
    assert bool(left.warnings) == (shots < 5)


@pytest.mark.parametrize(("policy", "room"), [(RoomPolicy.REFUSE, 5 * FRAME - 1), (RoomPolicy.SHORTEN, FRAME - 1)])
def test_a_window_that_has_no_room_is_refused_with_what_to_do(plan: Plan, policy: RoomPolicy, room: int) -> None:
    with pytest.raises(StorageFull, match=r"needs 0\.1 GB, spool has 0\.[01] GB"):
        fitted(plan, forecast(plan, 0, room, 0), policy)
