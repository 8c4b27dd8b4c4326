"""A shot is safe with all of its files, and not with one of them."""

from collections.abc import Sequence
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightside.ledger.records import FrameRecord
from nightside.ledger.states import FileKind, FrameState, kind_of
from nightside.storage.pairs import expected_kinds, lacking, late, stem, wanting
from nightside_drivers.api import CardFile

NEF, JPEG = FileKind.NEF, FileKind.JPEG
PAIR = frozenset({NEF, JPEG})
FOLDER = "/store_00010001/DCIM/100ND3S_"
numbers = count(1)


def frame(
    name: str,
    shot: int | None,
    state: FrameState = FrameState.SAFE,
    folder: str = FOLDER,
    made_at: float | None = None,
) -> FrameRecord:
    file = CardFile(folder, name, made_at)
    return FrameRecord(next(numbers), 1, "s", "w", shot, file, state, None, None, None, kind=kind_of(name))


@pytest.mark.parametrize(
    ("quality", "kinds"),
    [
        ("NEF+Fine", {NEF, JPEG}),
        ("nef+jpeg-fine", {NEF, JPEG}),
        ("RAW + JPEG", {NEF, JPEG}),
        ("RAW + Large Fine JPEG", {NEF, JPEG}),
        ("NEF (Raw)", {NEF}),
        ("JPEG Fine", {JPEG}),
        ("JPEG Basic", {JPEG}),
        ("HEIF Fine", set[FileKind]()),
        ("TIFF (RGB)", set[FileKind]()),
        (None, set[FileKind]()),
    ],
)
def test_the_kinds_of_files_follow_from_what_the_body_calls_its_quality(quality: str | None, kinds: set[FileKind]) -> None:
    assert expected_kinds(quality) == kinds


PAIRS: dict[str, tuple[Sequence[FrameRecord], dict[int, set[FileKind]]]] = {
    "both are there": ([frame("A.NEF", 0), frame("A.JPG", 0)], {}),
    "the JPEG never came": ([frame("A.NEF", 0)], {0: {JPEG}}),
    "the NEF never came": ([frame("A.JPG", 0)], {0: {NEF}}),
    "they lie on a card each": ([frame("A.NEF", 0), frame("A.JPG", 0, folder="/store_00020001/DCIM/100ND3S_")], {}),
    "two copies are no pair": ([frame("A.NEF", 0), frame("A.NEF", 0, folder="/store_00020001/DCIM/100ND3S_")], {0: {JPEG}}),
    "the card lost one": ([frame("A.NEF", 0), frame("A.JPG", 0, FrameState.GONE)], {0: {JPEG}}),
    "the card lost both": ([frame("A.NEF", 0, FrameState.GONE), frame("A.JPG", 0, FrameState.GONE)], {}),
    "one counts for no shot": ([frame("A.NEF", 0), frame("A.JPG", None)], {0: {JPEG}}),
    "another maker's raw stands for the NEF": ([frame("A.CR3", 0), frame("A.JPG", 0)], {}),
    "of two shots one lacks something": ([frame("A.NEF", 0), frame("A.JPG", 0), frame("B.NEF", 1)], {1: {JPEG}}),
}


@pytest.mark.parametrize(("frames", "expected"), PAIRS.values(), ids=PAIRS)
def test_a_shot_lacks_what_its_quality_promised(frames: Sequence[FrameRecord], expected: dict[int, set[FileKind]]) -> None:
    assert lacking(frames, PAIR) == expected


@pytest.mark.parametrize("alone", [frozenset({NEF}), frozenset({JPEG}), frozenset[FileKind]()])
def test_where_one_file_is_promised_nothing_is_lacking_while_there_is_any(alone: frozenset[FileKind]) -> None:
    """Somebody turned the quality, or the words of another maker mean something else: a frame is a frame."""
    assert lacking([frame("A.NEF", 0), frame("B.JPG", 1)], alone) == {}


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["NEF", "JPG"]), st.sampled_from(list(FrameState)))))
def test_a_shot_wants_nothing_just_when_both_files_are_held(files: list[tuple[int, str, FrameState]]) -> None:
    frames = [frame(f"{index}.{kind}", index, state, folder=f"/{at}") for at, (index, kind, state) in enumerate(files)]
    wants = wanting(frames, "NEF+Fine", lambda one: one.state is FrameState.SAFE)
    for index in {index for index, _, _ in files}:
        there = [(kind, state) for of, kind, state in files if of == index and state is not FrameState.GONE]
        whole = {kind for kind, _ in there} == {"NEF", "JPG"} and all(state is FrameState.SAFE for _, state in there)
        assert (index in wants) != (whole or not there)


LATE = CardFile(FOLDER, "A.JPG", 1000.0)


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        (LATE, True),
        (CardFile("/store_00020001/DCIM/100ND3S_", "A.JPG", 1003.0), True),
        (CardFile(FOLDER, "A.JPG", 1000.0 + 7200.0), True),
        (CardFile(FOLDER, "A.JPG", None), True),
        (CardFile(FOLDER, "A.NEF", 1000.0), False),
        (CardFile(FOLDER, "B.JPG", 1000.0), False),
        (CardFile("/store_00010001/DCIM/101ND3S_", "A.JPG", 1000.0), False),
        (CardFile(FOLDER, "A.JPG", 1000.0 + 200.0), False),
        (CardFile(FOLDER, "A.JPG", 1000.0 + 200 * 86_400.0), False),
    ],
    ids=[
        "the file itself",
        "on the second card",
        "in another time zone",
        "of unknown time",
        "a kind that is there",
        "another stem",
        "another folder",
        "minutes later",
        "the same name, half a year later",
    ],
)
def test_a_file_that_comes_late_is_known_by_its_stem_and_its_time(listed: CardFile, found: bool) -> None:
    assert late([frame("A.NEF", 4, made_at=1000.0)], PAIR, [listed]) == ([(4, listed)] if found else [])


def test_files_of_a_frame_share_a_stem_whatever_card_they_lie_on() -> None:
    assert stem(CardFile(FOLDER, "A.NEF")) == stem(CardFile("/store_00020001/DCIM/100ND3S_", "A.JPG"))
