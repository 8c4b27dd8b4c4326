"""Checks are bounded, independent of each other, and say what went wrong."""

import asyncio
import threading
from collections.abc import Sequence
from functools import partial

import pytest

from nightside.errors import LedgerRefused
from nightside.service.findings.checking import Check, apart, check, examine
from nightside.service.findings.values import Finding, Severity, bad, doubt, good, note, worst


async def test_findings_come_in_the_order_of_their_checks() -> None:
    checks = [check(name, partial(good, name, "Fine.")) for name in "abcdef"]
    assert [finding.name for finding in await examine(checks, 3)] == list("abcdef")


async def test_a_check_that_hangs_costs_one_finding_and_no_other() -> None:
    never = threading.Event()

    def hang() -> Finding:
        never.wait()
        return good("disk", "Fine.")

    found = await examine([check("disk", hang, within_s=0.01), check("clock", lambda: good("clock", "Fine."))], 1)
    never.set()
    assert [(finding.name, finding.severity) for finding in found] == [("disk", Severity.BAD), ("clock", Severity.GOOD)]
    assert "hangs" in found[0].means


async def test_what_one_of_our_errors_says_is_the_finding() -> None:
    def refuse() -> Finding:
        raise LedgerRefused("It is locked.", means="Nothing is recorded.", remedy="End the other one.")

    (found,) = await examine([check("ledger", refuse)], 1)
    assert found == bad("ledger", "It is locked.", "Nothing is recorded.", "End the other one.")


async def test_a_fault_of_ours_is_a_doubt_and_no_traceback() -> None:
    (found,) = await examine([check("spool", lambda: good("spool", str(1 // 0)))], 1)
    assert found.severity is Severity.DOUBT
    assert "ZeroDivisionError" in found.what


async def test_no_more_checks_are_at_work_than_are_asked_for() -> None:
    at_work, most = 0, 0

    async def look() -> Sequence[Finding]:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        for _ in range(3):
            await asyncio.to_thread(int)
        at_work -= 1
        return ()

    await examine([Check(str(number), look) for number in range(8)], 2)
    assert most == 2


async def test_what_is_done_apart_raises_where_it_is_waited_for() -> None:
    with pytest.raises(ZeroDivisionError):
        await apart(lambda: 1 // 0)


def test_the_worst_finding_gives_the_exit_code() -> None:
    every = [good("a", ""), note("b", ""), doubt("c", ""), bad("d", "")]
    assert [worst(every[:count]).exit_code for count in range(5)] == [0, 0, 0, 3, 1]
