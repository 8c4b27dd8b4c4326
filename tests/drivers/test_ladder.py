"""The ladder, rung by rung."""

import pytest

from nightside_drivers.errors import BodyBusy, BodyGone, NightsideError
from nightside_drivers.ladder import LONGEST_PAUSE, RUNGS, Ladder, Rung

BUSY, GONE = BodyBusy("busy"), BodyGone("gone")


def test_a_busy_body_is_asked_again_before_anything_else() -> None:
    ladder = Ladder()
    assert [ladder.climb(BUSY) for _ in RUNGS] == list(RUNGS)


def test_a_session_that_is_over_is_opened_again_at_once() -> None:
    assert Ladder().climb(GONE) is Rung.REOPEN


@pytest.mark.parametrize("why", [BUSY, GONE])
def test_at_the_top_a_person_is_called_once_and_nothing_else_is_tried(why: NightsideError) -> None:
    ladder = Ladder()
    taken = [ladder.climb(why) for _ in range(100)]
    assert set(taken[len(RUNGS) :]) == {Rung.PERSON}
    assert ladder.exhausted
    assert ladder.counts[Rung.PERSON] == 1


def test_pauses_grow_within_bounds() -> None:
    ladder = Ladder()
    pauses: list[int] = []
    for _ in range(20):
        pauses.append(ladder.pause)
        ladder.climb(BUSY)
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (1, LONGEST_PAUSE)


def test_calm_brings_it_down_and_keeps_the_count() -> None:
    ladder = Ladder()
    ladder.climb(GONE)
    ladder.descend()
    assert ladder.climb(GONE) is Rung.REOPEN
    assert ladder.counts[Rung.REOPEN] == 2
