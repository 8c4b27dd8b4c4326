"""The sky in a process of its own: the same answers, and what becomes of whoever asks when that process is slow, or gone."""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from nightside.asking import Checked, observatory, setup_of
from nightside.building import known_body
from nightside.errors import ConditionRefused, ElementsMissing, NoNight, PlanImpossible, SkyUnanswered
from nightside.nights import planner_of
from nightside.plan.programs import Interval, StarTrail
from nightside.pulse import SILENT_S
from nightside.service import astronomer
from nightside.service import observatory as room
from nightside.service.astronomer import Astronomer
from nightside.service.dome import AtHand, Question
from nightside.service.observatory import Observatory
from nightside.service.outlook.questions import Above, DayAhead, KnownNight, Map, NightsIn, PassesIn
from nightside.service.questions import Coming, ElementsInUse, NextPlan, Refreshed, SpanNow, Tonight
from nightside.settings import Settings, check
from tests.odd_questions import Endless, Fatal, WhoAnswers
from tests.orbit import BEFORE_UMBRA, ISS_FILE, iss_epoch

NOW = iss_epoch() + BEFORE_UMBRA
DAY = timedelta(days=1)


def settings(folder: Path, **tables: object) -> Settings:
    """Of a station, unless another table says otherwise."""
    usual = {
        "orbit": {"elements": str(ISS_FILE)},
        "storage": {"spool": "spool", "sinks": [{"name": "frames", "path": "frames"}]},
        "ledger": {"path": "ledger.sqlite"},
    }
    return check(usual | tables, folder / "nightside.toml")


@pytest.fixture
def aboard(tmp_path: Path) -> Settings:
    return settings(tmp_path)


@pytest.fixture
def sky(aboard: Settings) -> Iterator[Observatory]:
    found = observatory(aboard)
    yield found
    found.close()


def processes() -> list[str]:
    """The observatories' processes below this one."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [pid for file in children for pid in file.read_text().split()]
    return [pid for pid in pids if b"nightside.observing" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_every_question_is_answered_as_in_the_same_process(sky: Observatory, aboard: Settings, tmp_path: Path) -> None:
    here, capabilities = AtHand(planner_of(aboard, 1.0)), known_body(aboard)
    plan = here.ask(NextPlan(NOW, capabilities))
    questions: list[Question[object]] = [
        Checked(aboard),
        NextPlan(NOW, capabilities),
        NextPlan(NOW, capabilities, Interval(exposure_s=2, every_s=20)),
        NextPlan(NOW, capabilities, programs=(StarTrail(name="one"), Interval(exposure_s=2, every_s=20))),
        SpanNow(plan),
        ElementsInUse(NOW),
        Refreshed(),
        Coming(NOW, timedelta(hours=1)),
        Tonight(NOW, capabilities, tmp_path, 0),
        KnownNight(NOW),
        DayAhead(NOW, NOW + DAY),
        Map(NOW, NOW),
        NightsIn(NOW, NOW + DAY, "penumbra"),
        PassesIn(NOW, NOW + DAY, Above(46.5, 8.0), 10.0, visible=False),
    ]
    answers = [(sky.ask(question), here.ask(question)) for question in questions]
    assert [there == near for there, near in answers] == [True] * len(questions)
    assert plan.shots


def test_a_refusal_comes_back_whole(sky: Observatory, aboard: Settings) -> None:
    too_long = StarTrail(exposure_s=60)
    with pytest.raises(PlanImpossible) as refused:
        sky.ask(NextPlan(NOW, known_body(aboard), too_long))
    with pytest.raises(PlanImpossible) as here:
        AtHand(planner_of(aboard, 1.0)).ask(NextPlan(NOW, known_body(aboard), too_long))
    assert vars(refused.value) == vars(here.value)
    assert str(refused.value) == str(here.value)
    assert isinstance(refused.value.offered, StarTrail)
    with pytest.raises(ConditionRefused):
        sky.ask(NightsIn(NOW, NOW + DAY, "no such word"))


def test_what_is_missing_is_refused_and_taken_when_it_is_there(tmp_path: Path) -> None:
    late = tmp_path / "late.tle"
    configured = settings(tmp_path, orbit={"elements": str(late)})
    sky = observatory(configured)
    with pytest.raises(ElementsMissing):
        sky.ask(Checked(configured))
    late.write_text(ISS_FILE.read_text())
    sky.ask(Checked(configured))
    sky.close()


def test_it_answers_by_the_configuration_that_is_in_force(sky: Observatory, tmp_path: Path) -> None:
    assert sky.ask(KnownNight(NOW)).condition == "umbra"
    other = settings(tmp_path, site={"latitude_deg": 78.2, "longitude_deg": 15.6}, orbit=None, night={"condition": "sun < -18"})
    sky.in_force.put(setup_of(other, 1.0))
    known = sky.ask(KnownNight(NOW))
    assert (known.aboard, known.condition) == (False, "sun < -18")


def test_a_process_that_dies_is_asked_again_once(sky: Observatory, tmp_path: Path) -> None:
    assert sky.ask(Fatal(tmp_path / "died", once=True)) == "outlived"
    with pytest.raises(SkyUnanswered, match="status -9"):
        sky.ask(Fatal(tmp_path / "died", once=False))
    assert sky.ask(KnownNight(NOW)).condition == "umbra"


def test_one_that_was_killed_while_nobody_asked_is_replaced(sky: Observatory) -> None:
    first = sky.ask(WhoAnswers())
    os.kill(first, signal.SIGKILL)
    assert sky.ask(WhoAnswers()) != first


def test_one_that_takes_too_long_is_ended(sky: Observatory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(astronomer, "ANSWER_S", 0.2)
    with pytest.raises(SkyUnanswered, match=r"within [0-9.]+ s"):
        sky.ask(Endless())
    assert processes() == []


def test_it_is_given_up_before_whoever_waits_for_it_is_taken_for_hung() -> None:
    assert astronomer.ANSWER_S + astronomer.GOODBYE_S < SILENT_S


def test_it_ends_when_nobody_asks_any_more(sky: Observatory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "IDLE_S", 0.05)
    sky.ask(WhoAnswers())
    assert until(lambda: processes() == [])
    assert sky.ask(KnownNight(NOW)).condition == "umbra"


def test_it_ends_with_whoever_has_started_it(sky: Observatory) -> None:
    pid = sky.ask(WhoAnswers())
    sky.close()
    assert not Path(f"/proc/{pid}").exists()


def test_whoever_is_being_answered_is_refused_when_it_is_closed(sky: Observatory) -> None:
    refused: list[str] = []

    def ask() -> None:
        with pytest.raises(SkyUnanswered) as error:
            sky.ask(Endless())
        refused.append(str(error.value))

    asking = threading.Thread(target=ask)
    asking.start()
    assert until(lambda: len(processes()) == 1)
    sky.close()
    asking.join()
    assert refused == ["Nightside is stopping. Ask again when it has been started."]
    assert processes() == []


def test_many_ask_at_once_and_each_has_its_own_answer(sky: Observatory) -> None:
    found: dict[int, datetime] = {}

    def ask(number: int) -> None:
        found[number] = sky.ask(Map(NOW, NOW + number * timedelta(minutes=1))).at

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: NOW + number * timedelta(minutes=1) for number in range(8)}


def test_one_that_is_there_already_is_asked(aboard: Settings) -> None:
    astronomer = Astronomer()
    sky = observatory(aboard, astronomer)
    assert sky.ask(WhoAnswers()) == astronomer.ask(pickle.dumps((sky.in_force.setup, WhoAnswers()))).given
    sky.close()
    assert processes() == []


def test_what_is_said_to_the_log_there_is_said_here(tmp_path: Path) -> None:
    gone = settings(
        tmp_path, orbit={"elements": str(ISS_FILE), "source": str(tmp_path / "gone"), "cache": str(tmp_path / "cache")}
    )
    sky = observatory(gone)
    with capture_logs() as logs:
        sky.ask(Refreshed())
    sky.close()
    (line,) = [line for line in logs if line["event"] == "elements-not-refreshed"]
    assert line["log_level"] == "warning"
    assert "gone" in str(line["why"])


def test_no_night_for_a_year_is_an_answer(tmp_path: Path) -> None:
    never = settings(tmp_path, site={"latitude_deg": 0, "longitude_deg": 0}, orbit=None, night={"condition": "sun > 90"})
    sky = observatory(never)
    with pytest.raises(NoNight):
        sky.ask(NextPlan(datetime(2026, 1, 1, tzinfo=UTC), known_body(never)))
    sky.close()


def until(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold within ten seconds."""
    waiting = threading.Event()
    return any(holds() or waiting.wait(0.01) for _ in range(1000))
