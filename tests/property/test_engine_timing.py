"""Whatever is planned and however late it comes, no release reaches out of its window, and no shot is forgotten."""

from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from nightside.clock import VirtualClock
from nightside.engine.timing import WORTH, Timing
from nightside.plan.values import Overrun, Plan, Shot, Span
from nightside_drivers.api import Exposure, ReleaseKind
from tests.daemon.engine.stage import START

SLACK_S = 0.2


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """One volley somewhere in a window, by any policy."""
    exposure_s, gap_s = draw(st.floats(0.01, 60)), draw(st.floats(0.05, 10))
    count, before_s, after_s = draw(st.integers(1, 20)), draw(st.floats(0, 100)), draw(st.floats(0, 100))
    opens = [before_s + index * (exposure_s + gap_s) for index in range(count)]
    shots = tuple(
        Shot(
            index=index,
            open_at=START + timedelta(seconds=at),
            close_at=START + timedelta(seconds=at + exposure_s),
            exposure=Exposure(exposure_s),
            release=ReleaseKind.HELD,
            joined=index > 0,
        )
        for index, at in enumerate(opens)
    )
    return Plan(
        program="any",
        kind="any",
        body="any",
        span=Span(start=START, end=shots[-1].close_at + timedelta(seconds=after_s), uncertainty_s=0),
        shots=shots,
        overrun=draw(st.sampled_from(Overrun)),
        slack_s=SLACK_S,
        frame_bytes=1,
    )


@given(plan=plans(), late_s=st.floats(-10, 400), shortens=st.booleans())
def test_what_goes_fits_and_what_does_not_is_named(plan: Plan, late_s: float, shortens: bool) -> None:
    clock = VirtualClock(START)
    timing = Timing(plan, clock)
    clock.advance(max(0.0, timing.due(plan.shots[0]) + late_s))
    go, left_out = timing.go(plan.shots, shortens=shortens)
    going: tuple[Shot, ...] = () if go is None else go.shots
    assert sorted(shot.index for shot in (*going, *left_out)) == [shot.index for shot in plan.shots]
    if go is None:
        return
    end = timing.anchor.instant(plan.span.end)
    assert go.open_at >= min(clock.monotonic(), timing.due(go.shots[0]))
    assert go.close_at <= end + SLACK_S + 1e-6  # the plan keeps a body's own lateness clear of the window's end
    assert go.open_by <= go.open_at + max(SLACK_S, WORTH * plan.shots[0].exposure.shutter_s)
    indices = [shot.index for shot in going]
    assert indices == list(range(indices[0], indices[0] + len(indices)))  # one release, no holes


@given(plan=plans(), start_s=st.floats(-50, 200), length_s=st.floats(0, 400))
def test_newer_elements_never_widen_a_window(plan: Plan, start_s: float, length_s: float) -> None:
    timing = Timing(plan, VirtualClock(START))
    start = START + timedelta(seconds=start_s)
    timing.narrow(Span(start=start, end=start + timedelta(seconds=length_s), uncertainty_s=0))
    assert plan.span.start <= timing.start
    assert timing.end <= plan.span.end
    for shot in plan.shots:
        if timing.inside(shot):
            assert plan.span.start <= shot.open_at < shot.close_at <= plan.span.end


@given(plan=plans(), late_s=st.floats(0, 60), under_way_s=st.floats(0, 400), ends_s=st.floats(0, 900))
def test_what_is_under_way_is_cut_to_what_has_begun_and_what_still_fits(
    plan: Plan, late_s: float, under_way_s: float, ends_s: float
) -> None:
    clock = VirtualClock(START)
    timing = Timing(plan, clock)
    clock.advance(timing.due(plan.shots[0]) + late_s)
    go, _ = timing.go(plan.shots, shortens=False)
    assume(go is not None)
    assert go is not None
    pushed_s = go.open_at - timing.due(go.shots[0])
    clock.advance(max(0.0, go.open_at - clock.monotonic()) + under_way_s)
    timing.narrow(Span(start=START, end=START + timedelta(seconds=ends_s), uncertainty_s=0))
    cut = timing.cut(go, shortens=False)
    assert cut.shots == go.shots[: len(cut.shots)]
    assert go.open_at < cut.close_at <= go.close_at
    end, rounding_s = timing.anchor.instant(timing.end), 1e-5
    for shot in cut.shots[1:]:
        opened = timing.due(shot) + pushed_s
        assert opened <= clock.monotonic() or opened + shot.exposure.shutter_s <= end + rounding_s
    for shot in go.shots[len(cut.shots) :]:
        opened = timing.due(shot) + pushed_s
        assert opened > clock.monotonic()
        assert opened + shot.exposure.shutter_s > end - rounding_s
    assert timing.cut(cut, shortens=False) is cut
    assert timing.cut(go, shortens=True).close_at <= max(clock.monotonic(), end)
