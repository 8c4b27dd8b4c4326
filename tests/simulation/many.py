"""`make simulate SEEDS=1000`: many nights on all cores, and what they met. `--seed N` lives through one of them again, aloud."""

import argparse
import logging
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from pprint import pformat

import structlog

from nightside.ledger.states import ShotState
from tests.simulation.invariants import broken
from tests.simulation.lives import Night, live_through
from tests.simulation.script import Script
from tests.simulation.seeds import script_of

IN_MEMORY = Path("/dev/shm")  # noqa: S108 — where a flush costs nothing; each night has a folder of its own there
DROPPABLE = ("deaths", "steps", "suspends", "spells", "faults", "orders", "choices")


@dataclass
class Met:
    """What nights met, added up."""

    totals: Counter[str] = field(default_factory=Counter[str])
    programs: Counter[str] = field(default_factory=Counter[str])
    faults: Counter[str] = field(default_factory=Counter[str])
    world: Counter[str] = field(default_factory=Counter[str])
    lives: Counter[str] = field(default_factory=Counter[str])
    outcomes: Counter[str] = field(default_factory=Counter[str])
    failed: dict[int, str] = field(default_factory=dict[int, str])

    def add(self, other: "Met") -> None:
        """Add other nights to these."""
        for mine, theirs in zip(self._counters(), other._counters(), strict=True):
            mine.update(theirs)
        self.failed |= other.failed

    def _counters(self) -> tuple[Counter[str], ...]:
        return self.totals, self.programs, self.faults, self.world, self.lives, self.outcomes

    def lines(self) -> list[str]:
        """For people."""
        total = self.totals
        head = (
            f"{total['nights']} nights, {total['windows']} windows, {total['planned']} shots planned, "
            f"{total['openings']} exposures made, {total['safe']} of them safe, {total['missed']} missed"
        )
        said = {"programs": self.programs, "faults": self.faults, "world": self.world, "daemons": self.lives}
        rows = [f"{name:9} {_listed(found)}" for name, found in said.items()]
        reasons = [f"  {count:6} {reason}" for reason, count in self.outcomes.most_common(25)]
        return [head, *rows, "missed because:", *reasons]


def what_was_met(night: Night) -> Met:
    """One night, counted."""
    met = Met()
    accounts = [account for story in night.stories for account in story.accounts]
    met.totals.update(
        nights=1,
        windows=len(accounts),
        openings=sum(len(story.truth) for story in night.stories),
        planned=sum(account.report.planned for account in accounts),
        safe=sum(account.report.safe for account in accounts),
        missed=sum(account.report.missed for account in accounts),
    )
    script = night.script
    met.programs.update(part.program.kind_name for part in script.parts)
    met.faults.update(str(fault.kind) for part in script.parts for fault in part.faults)
    met.world.update(
        {"two bodies": len(script.parts) - 1, "steps": len(script.steps), "suspends": len(night.clock.slept)}
        | {"refreshed elements": sum(umbra.refreshed_at is not None for umbra in script.umbras)}
        | Counter(f"order {order.command.kind}" for part in script.parts for order in part.orders)
        | Counter(f"armed {choice.kind}" for part in script.parts for choice in part.choices)
        | Counter(set(night.met))
    )
    met.lives.update(life.how for life in night.lives)
    missed = (shot.reason or "" for account in accounts for shot in account.report.shots if shot.state is ShotState.MISSED)
    met.outcomes.update(_kind_of_reason(reason) for reason in missed)
    return met


def live(seed: int) -> Met:
    """One night, quietly."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with _folder() as folder:
        try:
            night = live_through(Path(folder), script_of(seed))
            met = what_was_met(night)
            found = [f"{name}: {why}" for name, why in broken(night)]
        except Exception as error:  # noqa: BLE001 — whatever a night throws is a finding, told with its seed
            met, found = Met(), [f"{type(error).__name__}: {error}".partition("\n")[0]]
    if found:
        met.failed[seed] = "; ".join(found)
    return met


def again(seed: int, leaving_out: list[str]) -> int:
    """One night, aloud, perhaps without some of what happens in it."""
    script: Script = script_of(seed).without(*leaving_out)
    sys.stdout.write(pformat(script, width=130) + "\n")
    with _folder() as folder:
        night = live_through(Path(folder), script)
        for life in night.lives:
            sys.stdout.write(f"{life}\n")
        for story in night.stories:
            for opening in story.truth:
                sys.stdout.write(f"{opening}\n")
        found = list(broken(night))
    for name, why in found:
        sys.stdout.write(f"BROKEN {name}: {why}\n")
    return 1 if found else 0


def main() -> int:
    """Entry point."""
    arguments = argparse.ArgumentParser(description="Live through many nights.")
    arguments.add_argument("--seeds", type=int, default=200)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--seed", type=int, help="only this night, with its log")
    arguments.add_argument("--without", nargs="*", default=[], choices=DROPPABLE, help="with --seed: leave these out")
    options = arguments.parse_args()
    if options.seed is not None:
        return again(options.seed, options.without)
    met = Met()
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for one in pool.imap_unordered(live, range(options.first, options.first + options.seeds), chunksize=5):
            met.add(one)
    sys.stdout.write("\n".join(met.lines()) + "\n")
    for seed, why in sorted(met.failed.items()):
        sys.stdout.write(f"FAILED {seed}: {why}\n  again: {sys.executable} -m tests.simulation.many --seed {seed}\n")
    return 1 if met.failed else 0


def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(dir=IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None)


def _listed(found: Counter[str]) -> str:
    return ", ".join(f"{what} {count}" for what, count in sorted(found.items()))


def _kind_of_reason(reason: str) -> str:
    """The reason without what differs from night to night."""
    return " ".join(word for word in reason.partition(":")[0].split() if not any(letter.isdigit() for letter in word))[:90]


if __name__ == "__main__":
    sys.exit(main())
