"""Planned against taken."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from nightside.engine.report import Report, outcome_of, report
from nightside.ledger.states import FileKind, FrameState, WindowOutcome
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile, Fetched


def test_every_shot_has_a_line_with_what_became_of_it(ledger: Ledger, plan: Plan) -> None:
    window = ledger.begin("20180703-star-trail", "2012345", plan)
    for index, late_s in ((0, 0.0), (1, 0.004)):
        opened = plan.shots[index].open_at + timedelta(seconds=late_s)
        ledger.arm(window.id, index)
        ledger.exposed(window.id, index, opened, late_s, opened + timedelta(seconds=30.05))
        ledger.on_card(window.id, index, CardFile("/c", f"DSC_{index:04}.JPG"))
    first = ledger.frames(window.id)[0]
    ledger.drained(first.id, Fetched(1000, "aa"), "s/w/first.jpg")
    ledger.stored(first.id, "frames", "s/w/first.jpg")
    ledger.safe(first.id)
    for index in (2, 3, 4):
        ledger.missed(window.id, index, "The cable was out.")

    account = report(window, ledger.shots(window.id), ledger.frames(window.id))
    assert (account.planned, account.taken, account.safe, account.missed, account.extra) == (5, 2, 1, 3, 0)
    assert not account.whole
    assert account.worst_late_s == pytest.approx(0.004)
    assert account.shots[1].gap_s == pytest.approx(30.2 + 0.004 - 30.05, abs=1e-4)
    assert [shot.reason for shot in account.shots[2:]] == ["The cable was out."] * 3
    assert (account.shots[0].file, account.bytes) == ("s/w/first.jpg", 1000)


def test_a_file_that_no_shot_explains_is_counted_apart(ledger: Ledger, plan: Plan) -> None:
    window = ledger.begin("20180703-star-trail", "2012345", plan)
    ledger.on_card(window.id, None, CardFile("/c", "DSC_0099.JPG"), adopted=True)
    account = report(window, ledger.shots(window.id), ledger.frames(window.id))
    assert (account.extra, account.safe) == (1, 0)


def _pair(ledger: Ledger, plan: Plan, names: Sequence[str], *, safe: Sequence[str], quality: str | None = "NEF+Fine") -> Report:
    """A window whose first shot has these files, of which some are safe."""
    window = ledger.begin("20180703-star-trail", "2012345", plan)
    if quality is not None:
        ledger.set_to(window.id, quality)
    opened = plan.shots[0].open_at
    ledger.arm(window.id, 0)
    ledger.exposed(window.id, 0, opened, 0.0, opened + timedelta(seconds=30))
    for name in names:
        ledger.on_card(window.id, 0, CardFile("/c", name))
    for frame in ledger.frames(window.id):
        ledger.drained(frame.id, Fetched(1000, frame.file.name), f"s/w/{frame.file.name}")
        if frame.file.name in safe:
            ledger.safe(frame.id)
    return report(ledger.window(window.id), ledger.shots(window.id), ledger.frames(window.id))


@pytest.mark.parametrize("there", ["DSC_0001.NEF", "DSC_0001.JPG"])
def test_a_shot_without_one_file_of_its_pair_is_incomplete_and_not_safe(ledger: Ledger, plan: Plan, there: str) -> None:
    account = _pair(ledger, plan, [there], safe=[there])
    (shot, *_) = account.shots
    assert (account.safe, account.incomplete, account.whole) == (0, 1, False)
    assert (shot.safe, shot.frame) == (False, FrameState.SAFE)
    assert shot.lacks == ((FileKind.JPEG,) if there.endswith("NEF") else (FileKind.NEF,))


def test_a_shot_has_come_as_far_as_the_file_that_has_come_least_far(ledger: Ledger, plan: Plan) -> None:
    names = ["DSC_0001.NEF", "DSC_0001.JPG"]
    account = _pair(ledger, plan, names, safe=names[1:])
    assert (account.safe, account.incomplete, account.shots[0].frame) == (0, 0, FrameState.DRAINED)


def test_a_pair_is_safe_when_both_are(ledger: Ledger, plan: Plan) -> None:
    names = ["DSC_0001.NEF", "DSC_0001.JPG"]
    account = _pair(ledger, plan, names, safe=names)
    assert (account.safe, account.incomplete, account.shots[0].lacks) == (1, 0, ())


def test_where_nobody_knows_the_quality_nothing_is_lacking(ledger: Ledger, plan: Plan) -> None:
    """A window of before, or a body that does not tell."""
    account = _pair(ledger, plan, ["DSC_0001.NEF"], safe=["DSC_0001.NEF"], quality=None)
    assert (account.safe, account.incomplete) == (1, 0)


def test_a_window_with_an_incomplete_shot_is_not_whole(ledger: Ledger, plan: Plan) -> None:
    window = ledger.begin("20180703-star-trail", "2012345", plan)
    ledger.set_to(window.id, "NEF+Fine")
    ledger.set_to(window.id, "NEF (Raw)")  # turned in mid-window: the shots are held to what it was
    for shot in plan.shots:
        ledger.arm(window.id, shot.index)
        ledger.exposed(window.id, shot.index, shot.open_at, 0.0, shot.close_at)
        for extension in ("NEF", "JPG")[: 2 if shot.index else 1]:
            ledger.on_card(window.id, shot.index, CardFile("/c", f"DSC_{shot.index:04}.{extension}"))
    window = ledger.window(window.id)
    assert outcome_of(window, ledger.shots(window.id), ledger.frames(window.id)) is WindowOutcome.PARTIAL
    ledger.on_card(window.id, 0, CardFile("/c", "DSC_0000.JPG"))
    assert outcome_of(window, ledger.shots(window.id), ledger.frames(window.id)) is WindowOutcome.WHOLE
