"""A configuration that changes while the daemon runs."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from nightside.asking import setup_of
from nightside.building import storage_policy
from nightside.clock import SystemClock
from nightside.errors import NightsideError
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.records import Event
from nightside.ledger.store import Ledger
from nightside.nights import planner_of
from nightside.reloading import changes_of, taking
from nightside.service.configuration import Configuration, Reloaded
from nightside.service.dome import AtHand
from nightside.service.hooks import Hook
from nightside.service.observatory import InForce
from nightside.settings import Settings, Storage, load

GROUND = """[site]
latitude_deg = 46.5
longitude_deg = 8.0
[night]
condition = "{condition}"
[program]
kind = "{kind}"
{program}
[storage]
spool = "spool"
sinks = [{{ name = "frames", path = "frames" }}]
[ledger]
path = "{ledger}"
"""


def text(condition: str = "sun < -18", kind: str = "star-trail", program: str = "", ledger: str = "ledger.sqlite") -> str:
    return GROUND.format(condition=condition, kind=kind, program=program, ledger=ledger)


class House:
    """A daemon, as far as its configuration goes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "nightside.toml"
        self.path.write_text(text())
        self.clock = SystemClock()
        settings = load(self.path)
        self.in_force = InForce(setup_of(settings, 1.0))
        self.changes = changes_of(self.path)
        self.told: list[tuple[Storage, Sequence[Hook]]] = []
        self.take = taking(self.path, settings, AtHand(planner_of(settings, 1.0)), self.in_force, self.tell)
        self.journal = Journal(open_ledger(folder / "ledger.sqlite", self.clock))
        self.roused = 0

    def tell(self, storage: Storage, hooks: Sequence[Hook]) -> None:
        self.told.append((storage, hooks))

    def rouse(self) -> None:
        self.roused += 1

    @property
    def kinds(self) -> list[str]:
        return [program.kind_name for program in self.in_force.programs]

    @property
    def condition(self) -> str:
        settings = self.in_force.setup.settings
        assert isinstance(settings, Settings)
        return settings.night.condition

    def live(self, what: Callable[[Configuration], Awaitable[None]]) -> list[Event]:
        """Do something with it, and give the events that came of it."""
        read = self.changes()

        async def main() -> list[Event]:
            await what(Configuration(self.changes, read, self.take, self.journal, self.rouse))
            return await self.journal.do(Ledger.events)

        return asyncio.run(main())

    def reload(self) -> tuple[Reloaded | None, str | None, list[Event]]:
        """Have it read: what was taken, what is found wrong then, and the events."""
        taken: list[Reloaded] = []
        found: list[str | None] = []

        async def main(configuration: Configuration) -> None:
            try:
                taken.append(await configuration.reload())
            except NightsideError:
                taken.clear()
            found.append(configuration.finding)

        events = self.live(main)
        return (taken[0] if taken else None), found[0], events


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.journal.close()


def test_programs_and_the_night_are_taken_between_windows(house: House) -> None:
    house.path.write_text(text("sun < -12", "interval", "exposure_s = 5\nevery_s = 20"))
    taken, finding, events = house.reload()
    assert taken == Reloaded(taken=("night", "program"))
    assert (house.kinds, finding, house.roused) == (["interval"], None, 1)
    assert "-12" in house.condition
    assert [event.kind for event in events] == ["configuration-taken"]


def test_what_needs_a_restart_is_said_until_it_is_as_it_was(house: House) -> None:
    house.path.write_text(text(kind="interval", program="exposure_s = 5\nevery_s = 20", ledger="other.sqlite"))
    taken, finding, _ = house.reload()
    assert taken == Reloaded(taken=("program",), restart=("ledger",))
    assert finding is not None
    assert "ledger" in finding
    house.path.write_text(text())
    taken, finding, _ = house.reload()
    assert (taken, finding) == (Reloaded(taken=("program",)), None)


def test_what_has_not_changed_is_no_event(house: House) -> None:
    taken, finding, events = house.reload()
    assert (taken, finding, events) == (Reloaded(), None, [])


def test_rules_of_storage_and_hooks_are_taken_and_places_wait_for_a_restart_by_name(house: House) -> None:
    sinks = 'sinks = [{ name = "frames", path = "frames", rate_mb_s = 5 }]'
    rules = 'card = "delete-when-safe"\nspool_keep_days = 3\nspool_floor_gb = 7\n' + sinks
    hooks = '\n[[hooks]]\non = ["window-done"]\ncommand = ["true"]\n'
    changed = text().replace('sinks = [{ name = "frames", path = "frames" }]', rules) + hooks
    house.path.write_text(changed)
    taken, finding, _ = house.reload()
    names = ("storage.card", "storage.spool_keep_days", "storage.spool_floor_gb", "storage.sinks.frames.rate_mb_s")
    assert taken == Reloaded(taken=("hooks", *names))
    assert finding is None
    storage, told = house.told[-1]
    policy = storage_policy(storage)
    assert (policy.card, policy.spool_keep, policy.spool_floor) == ("delete-when-safe", timedelta(days=3), 7_000_000_000)
    assert [sink.rate_mb_s for sink in storage.sinks] == [5]
    assert [hook.command for hook in told] == [("true",)]
    house.path.write_text(changed.replace('spool = "spool"', 'spool = "elsewhere"').replace("= 7", "= 8"))
    taken, finding, _ = house.reload()
    assert taken == Reloaded(taken=("storage.spool_floor_gb",), restart=("storage.spool",))
    assert house.told[-1][0].spool == Path("spool")
    assert finding is not None
    assert "storage.spool" in finding


def test_rules_of_a_configuration_that_is_bad_elsewhere_are_not_taken(house: House) -> None:
    house.path.write_text(text("sun < nonsense").replace("[ledger]", "spool_keep_days = 1\n[ledger]"))
    taken, _, _ = house.reload()
    assert (taken, house.told) == (None, [])


def half_written(path: Path) -> None:
    path.write_text(text()[:-30])


def binary(path: Path) -> None:
    path.write_bytes(os.urandom(5000))


def huge(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(3 << 30)


def deep(path: Path) -> None:
    path.write_text("x = " + "[" * 100_000)


def gone(path: Path) -> None:
    path.unlink()


def looped(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def another_night(path: Path) -> None:
    path.write_text(text("sun < nonsense"))


def another_cron(path: Path) -> None:
    path.write_text(text(program='when = { cron = "0 25 * * *", minutes = 5 }'))


def unknown_key(path: Path) -> None:
    path.write_text(text() + "pth = 5\n")


def another_folder(path: Path) -> None:
    path.write_text('folder = "/var/lib/elsewhere"\n' + text())


def a_missing_file(path: Path) -> None:
    path.write_text(text().replace("[night]", '[night]\ncalendars = { duty = "gone.ics" }'))


HOSTILE = (
    half_written,
    binary,
    huge,
    deep,
    gone,
    looped,
    piped,
    a_folder,
    another_night,
    another_cron,
    unknown_key,
    another_folder,
)


@pytest.mark.parametrize("spoil", [*HOSTILE, a_missing_file])
def test_a_bad_one_is_refused_and_the_old_one_kept(house: House, spoil: Callable[[Path], None]) -> None:
    spoil(house.path)
    taken, finding, events = house.reload()
    assert (taken, house.kinds, house.roused) == (None, ["star-trail"], 0)
    assert "-18" in house.condition
    assert finding is not None
    assert "the old one is kept" in finding
    assert [event.kind for event in events] == ["configuration-refused"]
    assert "Traceback" not in finding


def test_it_is_noticed_when_it_is_not_being_written_any_more_and_told_once(house: House) -> None:
    found: list[str | None] = []

    async def main(configuration: Configuration) -> None:
        async def look() -> None:
            found.append(await asyncio.to_thread(configuration.look))

        await look()
        await asyncio.to_thread(half_written, house.path)
        await look()
        assert house.kinds == ["star-trail"]
        await look()
        await look()
        await asyncio.to_thread(house.path.write_text, text(kind="interval", program="exposure_s = 5\nevery_s = 20"))
        await look()
        await look()

    events = house.live(main)
    refused = [said is not None for said in found]
    assert refused == [False, False, True, True, True, False]
    assert [event.kind for event in events] == ["configuration-refused", "configuration-taken"]
    assert house.kinds == ["interval"]
