"""Which file belongs to which shot."""

from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightside.engine.account import ZONE_S, Candidate, align, announced, arrivals, measured_offsets
from nightside.storage.pairs import stem
from nightside_drivers.api import CardFile


def file(number: int, ending: str = "JPG") -> CardFile:
    return CardFile("/store_00010001/DCIM/100ND3S_", f"DSC_{number:04}.{ending}")


def given_to(files: list[CardFile], shot: int | None, waiting: list[int]) -> list[int | None]:
    return [index for index, _ in announced(files, [] if shot is None else [shot], waiting, {})]


def test_a_file_that_comes_after_a_shot_is_that_shots() -> None:
    assert given_to([file(3)], 3, [1, 3]) == [3]


def test_of_several_files_the_last_is_the_shots_own_and_the_others_come_late() -> None:
    assert given_to([file(1), file(3)], 3, [1, 3]) == [1, 3]


def test_the_jpeg_beside_a_nef_goes_to_the_same_shot() -> None:
    assert given_to([file(1, "NEF"), file(1)], 4, [4]) == [4, 4]
    assert [index for index, _ in announced([file(1)], [5], [5], {stem(file(1, "NEF")): 4})] == [4]


def test_a_copy_on_the_second_card_is_the_same_frame() -> None:
    twice = [file(1), CardFile("/store_00020001/DCIM/100ND3S_", "DSC_0001.JPG")]
    assert given_to(twice, 4, [4]) == [4, 4]


def test_when_all_is_over_files_go_to_the_oldest_that_wait() -> None:
    assert given_to([file(1), file(2), file(3)], None, [4, 5]) == [4, 5, None]


def card(*made_at: float | None) -> list[CardFile]:
    return [CardFile("/s/DCIM", f"DSC_{number:04}.JPG", at) for number, at in enumerate(made_at)]


def shots(*opened_at: float, doubtful: tuple[int, ...] = ()) -> list[Candidate]:
    return [Candidate(index, at, index not in doubtful) for index, at in enumerate(opened_at)]


def aligned(candidates: list[Candidate], files: list[CardFile], provisional: dict[int, int] | None = None) -> list[int | None]:
    said = {stem(files[number]): index for number, index in (provisional or {}).items()}
    belongs = align(candidates, files, said)
    return [belongs[stem(one)] for one in files]


HOUR_WRONG = 3600.0


def test_as_many_files_as_exposures_are_taken_in_order_whatever_was_announced() -> None:
    wrong = {0: 1, 1: 2, 2: 0}
    assert aligned(shots(0, 30, 60), card(None, None, None), wrong) == [0, 1, 2]


def test_a_missing_frame_is_told_from_the_bodys_times_however_wrong_its_clock() -> None:
    files = card(*(HOUR_WRONG + at for at in (0, 30, 90, 120)))
    assert aligned(shots(0, 30, 60, 90, 120), files) == [0, 1, 3, 4]


def test_a_frame_that_is_missing_at_the_end_is_told_from_what_was_announced() -> None:
    files = card(*(HOUR_WRONG + at for at in (0, 30, 60)))
    assert aligned(shots(0, 30, 60, 90), files, {0: 0, 1: 1, 2: 2}) == [0, 1, 2]
    assert aligned(shots(0, 30, 60, 90), files, {0: 1, 1: 2, 2: 3}) == [1, 2, 3]


def test_a_shot_in_doubt_is_believed_when_a_file_has_its_time() -> None:
    assert aligned(shots(0, 30, 60, 90, doubtful=(2,)), card(0, 30, 60, 90)) == [0, 1, 2, 3]
    assert aligned(shots(0, 30, 60, 90, doubtful=(2,)), card(0, 30, 90)) == [0, 1, 3]


def test_of_two_shots_in_doubt_the_earlier_is_believed() -> None:
    assert aligned(shots(0, 30, doubtful=(0, 1)), card(HOUR_WRONG)) == [0]


def test_a_file_that_fits_no_exposure_belongs_to_none() -> None:
    assert aligned(shots(0, 30), card(0, 17, 30)) == [0, None, 1]


def test_without_times_and_counts_that_fit_the_announcements_stand() -> None:
    assert aligned(shots(0, 30, 60), card(None, None), {0: 0, 1: 2}) == [0, 2]


@given(
    lost=st.sets(st.integers(0, 39), max_size=10),
    offset_s=st.floats(-1e5, 1e5),
    jitter_s=st.lists(st.floats(-0.5, 0.5), min_size=40, max_size=40),
)
def test_whatever_is_lost_in_the_middle_every_frame_goes_to_its_shot(
    lost: set[int], offset_s: float, jitter_s: list[float]
) -> None:
    lost -= {0, 39}
    candidates = shots(*(30.2 * index for index in range(40)))
    there = [index for index in range(40) if index not in lost]
    files = card(*(float(floor(30.2 * index + offset_s + jitter_s[index])) for index in there))  # bodies leave fractions off
    assert aligned(candidates, files) == there


def test_a_shot_in_doubt_that_was_pushed_is_believed_by_a_file_that_came_late() -> None:
    pushed = [
        Candidate(0, 0.0), Candidate(1, 30.0, sure=False, pushed=True), Candidate(2, 60.0, sure=False, pushed=True),
        Candidate(3, 120.0),
    ]  # fmt: skip
    assert aligned(pushed, card(0, 46, 120)) == [0, 1, 3]
    assert aligned(pushed, card(0, 20, 120)) == [0, None, 3]  # no shot opens before its time
    assert aligned(pushed, card(0, 120, 140)) == [0, 3, None]  # nor after a later one's


def seen(*opened_at: float, doubtful: tuple[int, ...] = ()) -> list[Candidate]:
    """Exposures of 20 s that were seen to be over; those in doubt may have been pushed."""
    return [
        Candidate(index, at, sure=False, pushed=True) if index in doubtful else Candidate(index, at, closed_at=at + 20)
        for index, at in enumerate(opened_at)
    ]


@pytest.mark.parametrize(
    ("made_at", "doubtful", "belongs"),
    [
        ((0, 30, 67, 90), (1, 4), [0, 1, 2, 3]),  # one body that was slow to open, once
        ((0, 67, 90), (1,), [0, 2, 3]),  # and not the shot before it, which may have been pushed
        ((7, 30), (1, 2, 3, 4), [0, 1]),  # the only frame that anybody saw does not shift those that nobody did
        ((0, 67, 71, 90), (1, 4), [0, 2, None, 3]),  # a shutter that is open cannot be opened
        ((0, 82, 90, 95), (4,), [0, None, 3, None]),  # it was closed by then, or has a frame
        ((0, 90, 125), (1, 2), [0, 3, 4]),
    ],
)
def test_what_was_made_while_one_shot_was_open_is_that_shots_however_late_it_opened(
    made_at: tuple[float, ...], doubtful: tuple[int, ...], belongs: list[int | None]
) -> None:
    told = {0: 0}
    assert aligned(seen(0, 30, 60, 90, 120, doubtful=doubtful), card(*made_at), told) == belongs


def test_what_was_announced_after_another_shot_is_not_taken_for_the_one_that_was_open_by_its_time() -> None:
    """The body's clock was set back before the fifth shot, and the fourth's frame is lost."""
    told = {0: 0, 1: 1, 2: 2, 3: 4}
    assert aligned(seen(0, 30, 60, 90, 120), card(0, 30, 60, 95), told) == [0, 1, 2, None]


def test_one_announcement_that_came_a_release_late_is_not_believed_against_a_measured_clock() -> None:
    """A NEF takes long to write: the only file of two exposures was announced after the second, and is the first's."""
    shots = [Candidate(0, 1000.0), Candidate(1, 1020.0)]
    files = [CardFile("/c", "A.NEF", 1000.0)]
    assert align(shots, files, {"/A": 1}, 0.0) == {"/A": 0}
    assert align(shots, [CardFile("/c", "A.NEF", 8200.0)], {"/A": 1}, 0.4) == {"/A": 0}
    assert align(shots, files, {"/A": 1}) == {"/A": 1}


@pytest.mark.parametrize("zone_s", [0.0, 7200.0])
def test_announcements_that_all_came_a_release_late_are_not_believed_against_a_measured_clock(zone_s: float) -> None:
    """Each pair takes until after the next release to be written, and the last was lost."""
    candidates = [Candidate(index, 1000.0 + 6 * index) for index in range(6)]
    files = [CardFile("/c", f"{index}.NEF", 1000.0 + 6 * index + zone_s) for index in range(5)]
    told = {stem(file): index + 1 for index, file in enumerate(files)}
    assert align(candidates, files, told, 0.3) == {stem(file): index for index, file in enumerate(files)}


def test_announcements_are_believed_against_a_clock_that_was_set_after_it_was_measured() -> None:
    candidates = [Candidate(index, 1000.0 + 30 * index) for index in range(6)]
    files = [CardFile("/c", f"{index}.NEF", 1000.0 + 30 * index - 17) for index in range(5)]
    told = {stem(file): index for index, file in enumerate(files)}
    assert align(candidates, files, told, 0.3) == told


OPENED = (0.0, 30.0, 60.0, 90.0)
OVER = 120.0
HOUR_AHEAD = 3600.0


def came(candidates: list[Candidate], *made_at: float, held: dict[int, float] | None = None) -> list[int | None]:
    """The shots of files that came when all was settled, by a body's clock that is an hour ahead."""
    known = {f"held-{index}": (index, at + HOUR_AHEAD) for index, at in (held or {}).items()}
    times = {str(number): at + HOUR_AHEAD for number, at in enumerate(made_at)}
    found = arrivals(candidates, times, known, [HOUR_AHEAD], OVER)
    return [found.get(str(number)) for number in range(len(made_at))]


def test_files_that_come_when_all_is_settled_go_to_the_shots_of_their_time() -> None:
    assert came(shots(*OPENED), 60.4, 0.3) == [2, 0]


def test_a_picture_that_somebody_took_by_hand_is_no_shots_that_lacks_one() -> None:
    assert came(shots(*OPENED), 15.0, 45.0, 5000.0, -700.0) == [None] * 4
    assert came([Candidate(1, 30.0, sure=False, pushed=True)], OVER + 60, 10.0) == [None, None]


def test_a_shot_in_doubt_that_may_have_been_pushed_takes_what_lies_between_its_neighbours_frames() -> None:
    pushed = [Candidate(1, 30.0, sure=False, pushed=True)]
    assert came(pushed, 47.0, held={0: 0.0, 2: 60.0}) == [1]
    assert came(pushed, 75.0, held={0: 0.0, 2: 60.0}) == [None]


def test_where_only_a_clock_was_measured_a_cards_times_may_be_whole_zones_beside_it() -> None:
    times = {"late": 30.2 + 12.0 - 8 * ZONE_S}
    (likely,) = measured_offsets(shots(30.0), times, 12.0)
    assert arrivals(shots(30.0), times, {}, [likely], OVER) == {"late": 0}
    assert measured_offsets(shots(30.0), {"years ago": -9e7}, 12.0) == []
