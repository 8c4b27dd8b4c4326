"""Programs of every kind, made up: their plans hold what plans promise, their files read back, and no text breaks the reader."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from nightside.errors import PlanImpossible, ProgramRefused
from nightside.plan.anchors import parse
from nightside.plan.lay import lay, lay_all
from nightside.plan.means import Means
from nightside.plan.programs import PROGRAMS, Program, kind_of
from nightside.plan.programs.base import Exposing
from nightside.plan.reading import program_text, read_program
from nightside.plan.values import Plan
from nightside.sky.window import Window
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, ReleaseKind

START = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)
TABLE = [entry for _, entry in bodies.table()]


def d3s() -> Capabilities:
    return next(entry for entry in TABLE if entry.model == "Nikon D3s")


exposures = st.sampled_from([0.0333, 0.25, 1.0, 4.0, 13.0, 30.0, 60.0, 240.0]) | st.floats(0.01, 400)
seconds = st.floats(1, 5000).map(lambda value: round(value, 3))
counts = st.integers(1, 60)
starts = st.sampled_from(["window.start", "window.start+90s", "window.middle"])
ends = st.sampled_from(["window.end", "window.end-3m", "window.start+20m"])
Tables = dict[str, Any]


def of_kind(
    kind: str, needed: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]
) -> st.SearchStrategy[Tables]:
    shared = {
        "iso": st.sampled_from([100, 800, 900, 6400]),
        "release": st.sampled_from(["usb", "wired", "usb-bulb"]),
        "focal_mm": st.floats(8, 600),
        "overrun": st.sampled_from(["skip", "push", "shorten"]),
    }
    return st.fixed_dictionaries({"kind": st.just(kind)} | needed, optional=shared | optional).map(sensible)


def sensible(tables: Tables) -> Tables:
    """Without what is refused when it is read: that is for other tests."""
    exposure_s = tables.get("exposure_s", 0) * tables.get("frames", 1)
    if "every_s" in tables:
        tables["every_s"] = max(tables["every_s"], exposure_s)
    if "frames_per_s" in tables:
        tables["frames_per_s"] = min(tables["frames_per_s"], 0.999 / exposure_s)
    return tables


def ending(tables: Tables) -> Tables:
    """The same, with an end of its own."""
    ends_with = {"burst": "bursts", "bracket": "sets", "exposure-series": "rounds", "repeat": "times"}
    if tables["kind"] == "sequence":
        return tables | {"parts": [ending(part) for part in tables["parts"]]}
    return {ends_with.get(tables["kind"], "shots"): 2} | tables


one = {"exposure_s": exposures}
route = st.sampled_from(["single", "burst", "held"])
simple = st.one_of(
    of_kind("star-trail", {}, exposure_s=exposures, shots=counts, total_s=seconds, route=route),
    of_kind("interval", one | {"every_s": seconds}, shots=counts, total_s=seconds),
    of_kind("bulb", one, shots=st.integers(1, 20), pause_s=st.floats(0, 100)),
    of_kind("burst", one | {"frames": st.integers(1, 150)}, bursts=counts, every_s=seconds),
    of_kind("time-lapse", one | {"frames_per_s": st.floats(0.01, 12), "shots": counts}),
    of_kind("bracket", one | {"sets": counts}, frames=st.sampled_from([3, 5, 7]), stops=st.floats(0.3, 2)),
    of_kind("exposure-series", {"series": st.lists(st.fixed_dictionaries(one), min_size=1, max_size=5), "rounds": counts}),
    of_kind("darks", one, shots=st.integers(1, 20)),
)


def nested_in(inner: st.SearchStrategy[Tables]) -> st.SearchStrategy[Tables]:
    sequence = {"kind": st.just("sequence"), "parts": st.lists(inner, min_size=1, max_size=4)}
    repeat = {"kind": st.just("repeat"), "program": inner.map(ending), "times": st.integers(1, 5)}
    return st.fixed_dictionaries(sequence) | st.fixed_dictionaries(repeat, optional={"every_s": seconds})


nested = st.recursive(simple, nested_in, max_leaves=4)
placed = st.fixed_dictionaries({}, optional={"start": starts, "end": ends, "min_length_s": st.floats(1, 3000)})
KINDS = {kind_of(kind): kind for kind in PROGRAMS}


@st.composite
def programs(draw: st.DrawFn) -> Program:
    tables: Tables = draw(nested) | draw(placed)
    return KINDS[tables["kind"]].model_validate(tables)


T = TypeVar("T")
E = TypeVar("E", bound=Exception)


def tried(act: Callable[[], T], refusal: type[E]) -> tuple[T | None, E | None]:
    """What came of it, or how it was refused. Anything else that is raised fails the test."""
    try:
        return act(), None
    except refusal as error:
        return None, error


def night(length_s: float, uncertainty_s: float) -> Window:
    return Window(START, START + timedelta(seconds=length_s), uncertainty_s=uncertainty_s)


def promises(plan: Plan, window: Window) -> None:
    margin = timedelta(seconds=window.uncertainty_s, microseconds=-1)
    assert plan.checked() is plan
    assert [shot.index for shot in plan.shots] == list(range(len(plan.shots)))
    assert all(window.start + margin <= shot.open_at < shot.close_at <= window.end - margin for shot in plan.shots)
    assert sum(map(len, plan.volleys)) == len(plan.shots)
    for volley in plan.volleys:
        if len(volley) > 1:
            assert {shot.release for shot in volley} <= {ReleaseKind.BURST, ReleaseKind.HELD}
            assert len({shot.exposure for shot in volley}) == 1
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


@given(program=programs(), length_s=st.floats(1, 6000), uncertainty_s=st.floats(0, 60), body=st.sampled_from(TABLE))
def test_every_plan_is_ordered_inside_its_window_within_the_bodys_means_and_the_same_again(
    program: Program, length_s: float, uncertainty_s: float, body: Capabilities
) -> None:
    window = night(length_s, uncertainty_s)
    plan, refusal = tried(lambda: lay(program, window, body, sky_arcsec_s=232.5), PlanImpossible)
    if plan is None:
        assert str(refusal)
        return
    promises(plan, window)
    for shot in plan.shots:
        assert shot.release in body.releases
        held = shot.release is ReleaseKind.USB_BULB or shot.exposure.shutter_s > body.longest_exposure_s
        assert held or shot.exposure.shutter_s in body.shutter_speeds_s
    for earlier, later in pairwise(plan.shots):
        least_s = 0 if later.joined else body.usb_gap_s
        assert (later.open_at - earlier.close_at).total_seconds() >= least_s - 2e-6
    assert lay(program, window, body, sky_arcsec_s=232.5) == plan


@given(program=programs(), body=st.sampled_from(TABLE))
def test_what_is_offered_in_the_place_of_the_impossible_is_possible(program: Program, body: Capabilities) -> None:
    window = night(6000, 0)
    _, refusal = tried(lambda: lay(program, window, body), PlanImpossible)
    if refusal is None or refusal.of_window or not isinstance(refusal.offered, Program):
        return
    offered = refusal.offered
    plan, other = tried(lambda: lay(offered, window, body), PlanImpossible)
    assert plan is not None or (other is not None and other.of_window)


@given(several=st.lists(programs(), min_size=2, max_size=4), priorities=st.lists(st.integers(-5, 5), min_size=4, max_size=4))
def test_programs_that_share_a_window_never_shoot_over_each_other(several: list[Program], priorities: list[int]) -> None:
    named = [program.revised({"name": f"p{index}", "priority": priorities[index]}) for index, program in enumerate(several)]
    plan, _ = tried(lambda: lay_all(named, night(2147, 0.2), Means.of(d3s())), PlanImpossible)
    if plan is not None:
        promises(plan, night(2147, 0.2))


@given(programs())
def test_a_program_that_is_written_down_is_the_same_when_it_is_read(program: Program) -> None:
    assert read_program(program_text(program), "written") == program


@given(programs())
def test_a_program_survives_json(program: Program) -> None:
    assert type(program).model_validate(json.loads(program.model_dump_json())) == program


WORDS = """kind = "star-trail" "sequence" [[parts]] [fallback] exposure_s every_s 0 -1 nan 1e400 { } [ ] , " ''' start "umbra.start"
total_s # . true 2018-13-40 é"""
words = st.sampled_from([*WORDS.split(), "\n", "\u0000"])


@given(st.text(max_size=300) | st.lists(words, max_size=60).map(" ".join) | st.lists(words, max_size=60).map("".join))
def test_no_text_does_more_to_the_reader_than_be_refused(text: str) -> None:
    program, refusal = tried(lambda: read_program(text, "fuzz.toml"), ProgramRefused)
    assert program is not None or (refusal is not None and "fuzz.toml" in refusal.what)


@given(nested, st.data())
def test_a_value_of_the_wrong_sort_anywhere_is_refused_with_its_place(tables: Tables, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(tables)))
    wrong = data.draw(st.sampled_from([True, "no", -1, 0, 1e9, [], {}, [[1]], {"a": 1}, datetime(2020, 1, 1, tzinfo=UTC)]))
    text = tomli_w.dumps(tables | {key: wrong})
    program, refusal = tried(lambda: read_program(text, "fuzz.toml"), ProgramRefused)
    assert program is not None or (refusal is not None and "line" in refusal.what)


@given(st.text(max_size=40) | st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,6})?[-+]?[0-9hms.]{0,9}", fullmatch=True))
def test_no_anchor_does_more_than_be_refused(text: str) -> None:
    found, refusal = tried(lambda: parse(text), ValueError)
    assert (found is not None and abs(found.offset) <= timedelta(days=1)) or "column" in str(refusal)


def test_every_exposing_kind_is_made_up_here() -> None:
    made = {"star-trail", "interval", "bulb", "burst", "time-lapse", "bracket", "exposure-series", "darks"}
    assert made == {kind_of(kind) for kind in PROGRAMS if issubclass(kind, Exposing)}
