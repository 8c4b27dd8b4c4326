"""`python -m benchmarks.sky`: how fast windows are found, beside Skyfield's interval search, in one run.

Skyfield looks for changes of `is_sunlit` with `find_discrete` at a step of one minute, month by month (a whole year at once
takes it some 3 GB). It computes one curve, on a cylinder; we compute two, on cones over the ellipsoid. Only ratios travel between
machines. `--quick` gives Skyfield one month and scales it; `--json` prints the figures for programs.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path

REPEATS = 5
YEAR = timedelta(days=365)
START = datetime(2018, 7, 4, tzinfo=UTC)
OREKIT_YEAR_S = 6.5
"""Both curves on WGS84, measured once on a machine of this class: Orekit is Java and not part of this run."""
SATELLITES = 1000


def best(act: Callable[[], object]) -> float:
    """Seconds that the fastest of a few runs takes, after one to warm up."""
    act()
    times: list[float] = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return min(times)


def ours() -> dict[str, float]:
    from nightside.sky.conditions import parse_condition
    from nightside.sky.elements import MeanElements, load_elements
    from nightside.sky.vantage import Site, Spacecraft
    from nightside.sky.windows import find_windows, survey

    with resources.as_file(resources.files("nightside.sky").joinpath("data", "iss-2018-07-03.tle")) as path:
        iss = load_elements(path)
    station, greenwich = Spacecraft(iss), Site(51.4779, 0.0, 46.0)
    shadows = [parse_condition(word) for word in ("umbra", "penumbra")]
    twilights = [parse_condition(text) for text in ("daylight", "civil_night", "nautical_night", "astronomical_night")]
    mean = iss.orbit
    if not isinstance(mean, MeanElements):
        raise TypeError("the elements that ship are mean elements")

    def constellation() -> None:
        for i in range(SATELLITES):
            moved = replace(
                mean, raan_deg=(i * 137.5) % 360.0, mean_anomaly_deg=(i * 77.7) % 360.0, inclination_deg=30.0 + i % 90
            )
            find_windows(shadows[0], Spacecraft(replace(iss, orbit=moved)), START, START + timedelta(days=1))

    begun = time.perf_counter()
    constellation()
    thousand = time.perf_counter() - begun
    crossings = sum(2 * len(windows) for windows in survey(shadows, station, START, START + YEAR))
    return {
        "year of umbra and penumbra, WGS84": best(lambda: survey(shadows, station, START, START + YEAR)),
        "ten days of umbra and penumbra": best(lambda: survey(shadows, station, START, START + timedelta(days=10))),
        "year of four twilight levels": best(lambda: survey(twilights, greenwich, START, START + YEAR)),
        f"{SATELLITES} satellites, one day of umbra": thousand,
        "crossings in the year": float(crossings),
    }


def skyfield(quick: bool) -> tuple[float, int]:
    """Seconds for a year of one curve, and how many crossings it found."""
    from skyfield.api import EarthSatellite, load, load_file
    from skyfield.searchlib import find_discrete
    from skyfield_data import get_skyfield_data_path

    warnings.simplefilter("ignore")  # its tables may be older than a year; it is only timed here
    kernel = load_file(str(Path(get_skyfield_data_path()) / "de421.bsp"))
    scale = load.timescale(builtin=True)
    lines = resources.files("nightside.sky").joinpath("data", "iss-2018-07-03.tle").read_text().splitlines()
    satellite = EarthSatellite(lines[1], lines[2], lines[0], scale)

    def sunlit(t: object) -> object:
        return satellite.at(t).is_sunlit(kernel)

    sunlit.step_days = 1.0 / 1440.0  # type: ignore[attr-defined]
    edges = [START + YEAR * i / 12 for i in range(13)]
    months = list(pairwise(edges))[: 1 if quick else 12]
    found = 0
    begun = time.perf_counter()
    for low, high in months:
        found += len(find_discrete(scale.from_datetime(low), scale.from_datetime(high), sunlit)[0])
    return (time.perf_counter() - begun) * 12 / len(months), round(found * 12 / len(months))


def in_a_child(code: str) -> list[float]:
    """Numbers that a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    return [float(word) for word in done.stdout.split()]


IMPORT = """
import time
t = time.perf_counter()
import nightside.sky, nightside.sky.windows, nightside.sky.passes, nightside.sky.elements
print(time.perf_counter() - t)
"""
MEMORY = """
from pathlib import Path
from benchmarks import sky
import nightside.sky.windows, nightside.sky.elements
def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
before = peak()
sky.one_year()
print((peak() - before) / 1024, peak() / 1024)
"""


def one_year() -> None:
    from nightside.sky.conditions import parse_condition
    from nightside.sky.elements import load_elements
    from nightside.sky.vantage import Spacecraft
    from nightside.sky.windows import survey

    with resources.as_file(resources.files("nightside.sky").joinpath("data", "iss-2018-07-03.tle")) as path:
        survey([parse_condition("umbra"), parse_condition("penumbra")], Spacecraft(load_elements(path)), START, START + YEAR)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    figures = ours()
    figures["import"] = min(in_a_child(IMPORT)[0] for _ in range(3))
    figures["memory for the year, MiB"], figures["whole process, MiB"] = in_a_child(MEMORY)
    figures["Skyfield, year of one curve"], figures["Skyfield's crossings"] = skyfield(chosen.quick)
    year = figures["year of umbra and penumbra, WGS84"]
    figures["ratio to Skyfield"] = figures["Skyfield, year of one curve"] / year
    figures["ratio to Orekit (its figure, another run)"] = OREKIT_YEAR_S / year
    if chosen.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        plain = any(word in name for word in ("MiB", "crossings", "ratio"))
        print(f"{name:<45} {f'{value:.1f}' if plain else f'{value * 1000:.1f} ms':>12}")


if __name__ == "__main__":
    main()
