"""Planned against taken."""

from datetime import timedelta

import pytest

from nightside.engine.report import report
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
