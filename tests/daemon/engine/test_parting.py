"""A body that was let go and is not as it was found: said in the log, to whoever listens, and in the window's report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from nightside.clock import VirtualClock
from nightside.engine.parting import tell_not_restored
from nightside.engine.report import as_json
from nightside.engine.reporting import report_of
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.plan.values import Plan
from nightside_drivers import bodies
from nightside_drivers.api import Setting
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.facts import load


class Changed(TwinBody):
    """A twin that did not take back what it was."""

    left: Mapping[Setting, str] = {}

    @property
    def left_changed(self) -> Mapping[Setting, str]:
        return self.left


@pytest.mark.parametrize(
    ("left", "says"),
    [({}, ()), ({Setting.NOISE_REDUCTION: "On", Setting.METER_OFF: "6s"}, ("noise-reduction was On", "meter-off was 6s"))],
)
def test_what_could_not_be_put_back_is_said_everywhere_once(
    tmp_path: Path, clock: VirtualClock, plan: Plan, left: Mapping[Setting, str], says: tuple[str, ...]
) -> None:
    bodies.table()  # read from disk here, where that is allowed to block
    body = Changed(BodyModel(load("d3s"), clock))
    body.left = left
    ledger = open_ledger(tmp_path / "ledger.sqlite", clock)
    heard: list[Mapping[str, Any]] = []
    window = ledger.begin("20180703-trial", "2012345", plan)
    ledger.listener = heard.append
    journal = Journal(ledger)
    with capture_logs() as logs:
        clock.run(tell_not_restored(body, window, journal))
    account = report_of(ledger, window)
    journal.close()
    assert account.not_restored == says
    assert [line["event"] for line in logs] == ["settings-not-restored"] * bool(left)
    assert [event["kind"] for event in heard] == ["settings-not-restored"] * bool(left)
    assert all(one in as_json(account) for one in says)
