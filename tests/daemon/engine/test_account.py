"""Which file belongs to which shot."""

from hypothesis import given
from hypothesis import strategies as st

from nightside.engine.account import attribute, candidates, stem
from nightside_drivers.api import CardFile


def file(number: int, ending: str = "JPG") -> CardFile:
    return CardFile("/store_00010001/DCIM/100ND3S_", f"DSC_{number:04}.{ending}")


def given_to(files: list[CardFile], waiting: list[int], explained: dict[str, int | None] | None = None) -> list[int | None]:
    return [index for index, _ in attribute(files, waiting, explained or {})]


def test_files_go_to_the_oldest_shots_that_wait() -> None:
    assert given_to([file(1), file(2)], [4, 5, 6]) == [4, 5]


def test_the_jpeg_beside_a_nef_goes_to_the_same_shot() -> None:
    assert given_to([file(1, "NEF"), file(2, "NEF"), file(1)], [4, 5]) == [4, 5, 4]
    assert given_to([file(1)], [5], {stem(file(1, "NEF")): 4}) == [4]


def test_a_file_that_nobody_waits_for_belongs_to_no_shot() -> None:
    assert given_to([file(1), file(2)], [4]) == [4, None]


def test_a_shot_in_doubt_is_believed_only_when_a_file_is_left_over() -> None:
    assert candidates([file(1)], [7], [6], {}) == [7]
    assert candidates([file(1), file(2)], [7], [6], {}) == [6, 7]
    assert candidates([file(1)], [], [6], {}) == [6]
    assert candidates([file(1), file(1, "NEF")], [7], [6], {}) == [7]


@given(
    numbers=st.lists(st.integers(1, 9999), unique=True, max_size=20),
    exposed=st.lists(st.integers(0, 50), unique=True, max_size=20).map(sorted),
    doubtful=st.lists(st.integers(51, 99), unique=True, max_size=5).map(sorted),
)
def test_no_shot_is_given_two_frames_and_none_is_invented(numbers: list[int], exposed: list[int], doubtful: list[int]) -> None:
    files = [file(number) for number in numbers]
    waiting = candidates(files, exposed, doubtful, {})
    got = [index for index in given_to(files, waiting) if index is not None]
    assert len(set(got)) == len(got)
    assert set(got) <= {*exposed, *doubtful}
    assert len(got) == min(len(files), len(exposed) + len(doubtful))
