"""What frames are called: unique, harmless, and readable."""

from hypothesis import given
from hypothesis import strategies as st

from nightside.ledger.records import FrameRecord
from nightside.ledger.states import FrameState
from nightside.storage.names import final_names
from nightside_drivers.api import CardFile


def frame(name: str, shot: int | None = 12) -> FrameRecord:
    return FrameRecord(
        1, 1, "20180703-star-trail", "20180703T200634Z", shot, CardFile("/x", name), FrameState.ON_CARD, None, None, None
    )


def best_name(one: FrameRecord, serial: str) -> str:
    return next(final_names(one, serial))


def test_a_frame_is_named_by_body_shot_and_stem() -> None:
    assert best_name(frame("DSC_0042.JPG"), "2012345") == "2012345-00012-DSC_0042.jpg"


def test_the_two_files_of_one_shot_differ_only_in_their_ending() -> None:
    assert best_name(frame("DSC_0042.NEF"), "2012345") == "2012345-00012-DSC_0042.nef"


def test_a_file_that_no_shot_explains_is_marked() -> None:
    assert best_name(frame("DSC_0042.JPG", None), "2012345") == "2012345-extra-DSC_0042.jpg"


def test_the_9999_wrap_gives_no_name_twice() -> None:
    assert best_name(frame("DSC_0001.JPG", 3), "2012345") != best_name(frame("DSC_0001.JPG", 10_002), "2012345")


def test_a_name_that_is_taken_is_followed_by_others_that_all_differ() -> None:
    names = list(final_names(frame("DSC_0042.JPG"), "2012345"))
    assert names[:2] == ["2012345-00012-DSC_0042.jpg", "2012345-00012-DSC_0042-1.jpg"]
    assert len(set(names)) == len(names)


@given(name=st.text(max_size=300), serial=st.text(max_size=60))
def test_whatever_a_body_says_cannot_leave_the_folder(name: str, serial: str) -> None:
    made = best_name(frame(name), serial)
    assert made.isascii()
    assert made.isprintable()
    assert "/" not in made
    assert not made.startswith((".", "-"))
    assert len(made) <= 120
