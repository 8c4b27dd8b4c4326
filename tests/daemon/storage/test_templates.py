"""What frames are called in the sinks: never two the same, never outside, and as they always were where nothing is configured."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.ledger.states import FrameState, WindowPhase
from nightside.plan.values import Plan, Span
from nightside.storage.names import final_names
from nightside.storage.templates import DEFAULT, Template
from nightside_drivers.api import CardFile

START = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)


def window(serial: str = "2012345", start: datetime = START) -> WindowRecord:
    plan = Plan.model_construct(
        program="star-trail", span=Span(start=start, end=start + timedelta(minutes=30), uncertainty_s=1), shots=()
    )
    return WindowRecord(1, "20180703-star-trail", f"{start:%Y%m%dT%H%M%SZ}", serial, plan, WindowPhase.DRAINING, None)


def frame(name: str = "DSC_0042.NEF", shot: int | None = 12, serial: str = "2012345", again: int = 0) -> FrameRecord:
    card = FrameRecord(
        7, 1, "20180703-star-trail", "20180703T200634Z", shot, CardFile("/x", name), FrameState.DRAINED, 1, "0" * 64, None
    )
    spooled = list(final_names(card, serial))[again]
    return replace(card, spool_path=f"s/w/{spooled}")


def path(template: str, one: FrameRecord, at: WindowRecord | None = None) -> str:
    return Template(template).path(one, at or window())


def test_where_nothing_is_configured_the_names_are_those_of_the_spool() -> None:
    assert path(DEFAULT, frame()) == "20180703-star-trail/20180703T200634Z/2012345-00012-DSC_0042.nef"


CASES = {
    "by date": (
        "{year}/{month}/{session}/{window}_{body}_{shot:04}_{stem}{ext}",
        "2018/07/20180703-star-trail/20180703T200634Z_2012345_0012_DSC_0042.nef",
    ),
    "a bag": (
        "{session}/data/{window}/{body}-{shot:05}-{stem}{ext}",
        "20180703-star-trail/data/20180703T200634Z/2012345-00012-DSC_0042.nef",
    ),
    "by program": (
        "{program}/{session}/{window}/{body}/{shot}-{stem}{ext}",
        "star-trail/20180703-star-trail/20180703T200634Z/2012345/12-DSC_0042.nef",
    ),
}


@pytest.mark.parametrize(("template", "made"), CASES.values(), ids=CASES)
def test_a_template_is_filled_in_by_utc(template: str, made: str) -> None:
    assert path(template, frame()) == made


def test_a_frame_that_no_shot_explains_says_so() -> None:
    assert path(DEFAULT, frame(shot=None)).endswith("/2012345-extra-DSC_0042.nef")


def test_what_sets_a_frame_apart_in_the_spool_sets_it_apart_in_the_sinks() -> None:
    twins = [path(DEFAULT, frame(again=again)) for again in range(3)]
    assert [name.rpartition("/")[2] for name in twins] == [
        "2012345-00012-DSC_0042.nef",
        "2012345-00012-DSC_0042-7.nef",
        "2012345-00012-DSC_0042-7-2.nef",
    ]


REFUSED = {
    "nothing of the shot": ("{session}/{window}/{body}-{stem}{ext}", "two frames could have the same name: it lacks {shot}"),
    "nothing of the body": ("{session}/{window}/{shot}-{stem}{ext}", "lacks {body}"),
    "no folder for the session": ("{window}/{session}-{body}-{shot}-{stem}{ext}", "a folder of its own"),
    "a way out": ("../{session}/{window}/{body}-{shot}-{stem}{ext}", "begin with a full stop"),
    "a way out in the middle": ("{session}/../{window}/{body}-{shot}-{stem}{ext}", "begin with a full stop"),
    "from the root": ("/{session}/{window}/{body}-{shot}-{stem}{ext}", "needs a name"),
    "an unknown field": ("{session}/{window}/{body}-{shot}-{lens}{ext}", "{lens} is not known; there are {session}"),
    "an attribute": ("{session}/{window.__class__}/{body}-{shot}-{stem}{ext}", "is not known"),
    "an index": ("{session}/{window[0]}/{body}-{shot}-{stem}{ext}", "is not known"),
    "a conversion": ("{session}/{window!r}/{body}-{shot}-{stem}{ext}", "written alone"),
    "a width for a word": ("{session}/{window:>400}/{body}-{shot}-{stem}{ext}", "written alone"),
    "a huge width": ("{session}/{window}/{body}-{shot:0999}-{stem}{ext}", "written alone"),
    "a field in a field": ("{session}/{window}/{body}-{shot:{ext}}-{stem}{ext}", "written alone"),
    "an open bracket": ("{session}/{window", "cannot be read"),
    "a letter that FAT has not": ("{session}/{window}/{body}:{shot}-{stem}{ext}", "all that every sink can name"),
    "a newline": ("{session}/{window}/{body}\n{shot}-{stem}{ext}", "all that every sink can name"),
    "two fields that run together": ("{session}/{window}/{body}{shot}-{stem}{ext}", "between two fields"),
    "an extension in the middle": ("{session}/{window}/{body}-{ext}-{shot}-{stem}", "end with {ext}"),
    "far too long": ("{session}/{window}/{body}-{shot}-{stem}-" + "x" * 400 + "{ext}", "too long"),
}


@pytest.mark.parametrize(("template", "says"), REFUSED.values(), ids=REFUSED)
def test_a_template_that_could_do_harm_is_refused_with_a_reason(template: str, says: str) -> None:
    with pytest.raises(ValueError) as refused:
        Template(template)
    assert says in str(refused.value)


@pytest.mark.parametrize("template", [DEFAULT, *(template for template, _ in CASES.values())])
@given(name=st.text(max_size=100), serial=st.text(max_size=60), shot=st.none() | st.integers(0, 99999))
def test_whatever_a_body_says_stays_below_the_root(template: str, name: str, serial: str, shot: int | None) -> None:
    made = path(template, frame(name, shot, serial), window(serial))
    assert made.isascii()
    assert made.isprintable()
    assert all(part and not part.startswith(".") and len(part) < 256 for part in made.split("/"))


@given(shots=st.lists(st.tuples(st.integers(0, 30_000), st.integers(1, 9999)), min_size=2, max_size=40, unique=True))
def test_no_two_shots_have_one_name_however_often_the_counter_wraps(shots: list[tuple[int, int]]) -> None:
    made = [path(DEFAULT, frame(f"DSC_{number:04}.NEF", shot)) for shot, number in shots]
    assert len(set(made)) == len(made)


def test_a_session_s_manifest_has_its_place_in_the_session_s_folder() -> None:
    template = Template("{year}/{session}/data/{window}/{body}-{shot:05}-{stem}{ext}")
    assert template.root(template.path(frame(), window())) == "2018/20180703-star-trail"
    assert template.bag
    assert not Template(DEFAULT).bag
