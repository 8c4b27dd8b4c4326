"""What the unit promises, and what the daemon keeps of it."""

import re

from nightside.pulse import GRACE_S
from nightside.service import installing
from nightside.service.leaving import LETTING_GO_S
from nightside.service.vigil import LOOK_S

UNIT = (installing.shipped() / "systemd" / "nightside.service").read_text()


def setting(name: str) -> str:
    (found,) = re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)
    return str(found)


def test_a_stop_is_over_before_the_manager_loses_its_patience() -> None:
    finish_s = float(re.findall(r"--finish-within (\d+)", setting("ExecStart"))[0])
    assert finish_s + LETTING_GO_S < float(setting("TimeoutStopSec"))


def test_the_watchdog_is_fed_several_times_before_it_bites() -> None:
    assert setting("Type") == "notify"
    assert float(setting("WatchdogSec")) >= 3 * LOOK_S
    assert float(setting("WatchdogSec")) > GRACE_S
