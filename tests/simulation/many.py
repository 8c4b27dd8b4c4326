"""`make simulate SEEDS=1000`: many nights on all cores, and what they met. `--seed N` lives through one of them again, aloud."""

import argparse
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from nightside.ledger.states import ShotState
from tests.simulation.nights import assert_invariants
from tests.simulation.seeds import night_of


@dataclass
class Met:
    """What nights met, added up."""

    nights: int = 0
    shots: int = 0
    openings: int = 0
    safe: int = 0
    reasons: Counter[str] = field(default_factory=Counter[str])
    failed: dict[int, str] = field(default_factory=dict[int, str])

    def add(self, other: "Met") -> None:
        """Add other nights to these."""
        self.nights += other.nights
        self.shots += other.shots
        self.openings += other.openings
        self.safe += other.safe
        self.reasons += other.reasons
        self.failed |= other.failed


def live(seed: int) -> Met:
    """One night, quietly."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory() as folder:
        night = night_of(seed, Path(folder))
        met = Met(1, night.report.planned, len(night.truth), night.report.safe)
        met.reasons.update(
            (shot.reason or "").partition(":")[0] for shot in night.report.shots if shot.state is ShotState.MISSED
        )
        try:
            assert_invariants(night)
        except AssertionError as error:
            met.failed[seed] = str(error).splitlines()[0] if str(error) else "an invariant does not hold"
        return met


def main() -> int:
    """Entry point."""
    arguments = argparse.ArgumentParser(description="Live through many nights.")
    arguments.add_argument("--seeds", type=int, default=200)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--seed", type=int, help="only this night, with its log")
    options = arguments.parse_args()
    if options.seed is not None:
        with tempfile.TemporaryDirectory() as folder:
            assert_invariants(night_of(options.seed, Path(folder)))
        return 0
    met = Met()
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for one in pool.imap_unordered(live, range(options.first, options.first + options.seeds), chunksize=5):
            met.add(one)
    lost = met.shots - met.safe
    sys.stdout.write(f"{met.nights} nights, {met.shots} shots planned, {met.openings} exposures made, {met.safe} frames safe\n")
    sys.stdout.writelines(f"  {count:5} of {lost} missed: {reason}\n" for reason, count in met.reasons.most_common(12))
    for seed, why in sorted(met.failed.items()):
        sys.stdout.write(f"FAILED {seed}: {why}\n  again: python -m tests.simulation.many --seed {seed}\n")
    return 1 if met.failed else 0


if __name__ == "__main__":
    sys.exit(main())
