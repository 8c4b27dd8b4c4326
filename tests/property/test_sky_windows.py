"""What holds of windows for any orbit, any site, any condition and any range."""

from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nightside.errors import ConditionRefused, ElementsDamaged, NightsideError
from nightside.sky.almanac import Almanac
from nightside.sky.conditions import And, Condition, Constant, Not, Or, Threshold, parse_condition
from nightside.sky.curves import QUANTITIES, SATELLITE, Curve, Pace
from nightside.sky.elements import Elements, MeanElements, parse_elements
from nightside.sky.elements.tle import checksum, parse_tle
from nightside.sky.instants import moment, seconds
from nightside.sky.orbit import check_at_epoch
from nightside.sky.passes import find_passes
from nightside.sky.spans import Spans
from nightside.sky.vantage import Site, Spacecraft, Vantage
from nightside.sky.window import Window
from nightside.sky.windows import find_windows, survey
from tests.daemon.sky.reference import utc

ISS_LINES = (
    "1 25544U 98067A   18184.80969102  .00001614  00000-0  31745-4 0  9993",
    "2 25544  51.6414 295.8524 0003435 262.6267 204.2868 15.54005638121106",
)
EPOCH = utc("2018-07-04T00:00:00")


@st.composite
def spacecraft(draw: st.DrawFn) -> Spacecraft:
    """Anything from a low circle to a long ellipse, that SGP4 accepts."""
    perigee_km = draw(st.floats(300.0, 2000.0))
    eccentricity = draw(st.sampled_from([0.0, 0.001, 0.05, 0.4, 0.72]))
    axis_km = (6378.137 + perigee_km) / (1.0 - eccentricity)
    angle = st.floats(0.0, 359.9)
    mean = MeanElements(
        epoch_s=seconds(EPOCH),
        mean_motion_rev_day=86400.0 / (2.0 * np.pi) * (398600.8 / axis_km**3) ** 0.5,
        eccentricity=eccentricity,
        inclination_deg=draw(st.floats(0.1, 179.0)),
        raan_deg=draw(angle),
        arg_perigee_deg=draw(angle),
        mean_anomaly_deg=draw(angle),
        bstar=draw(st.sampled_from([0.0, 1e-5])),
    )
    elements = Elements("drawn", 1, EPOCH, "drawn", mean)
    try:
        check_at_epoch(elements)
    except ElementsDamaged:
        assume(False)
    return Spacecraft(elements, draw(st.sampled_from(["wgs84", "sphere"])), draw(st.sampled_from(["apparent", "geometric"])))


sites = st.builds(Site, st.floats(-90.0, 90.0), st.floats(-180.0, 180.0), st.floats(0.0, 5000.0))
WORDS = {
    Spacecraft: [
        "umbra",
        "penumbra",
        "sunlit",
        "moon_up",
        "aurora",
        "over_circle(20, 30, 2000)",
        "over_box(-30, 100, 40, -100)",
    ],
    Site: [
        "civil_night",
        "astronomical_night",
        "moon_up",
        "milky_way_up",
        "daylight",
        'weekly("22:00-06:00", "Europe/Zurich")',
    ],
}
CURVES = {
    Spacecraft: [curve for name, curve in QUANTITIES.items() if name not in {"satellite", "milky_way"}],
    Site: [curve for curve in QUANTITIES.values() if curve.pace is not Pace.SATELLITE],
}
WATCHED = parse_elements("\n".join(["ISS", *ISS_LINES]), "watched")[0][0]


def thresholds(vantage: type[Vantage]) -> st.SearchStrategy[Condition]:
    part = st.floats(0.0, 1.0)
    return st.builds(between, st.sampled_from(CURVES[vantage]), st.booleans(), part)


def between(curve: Curve, above: bool, part: float) -> Threshold:
    """A threshold some way from the least that a curve may reach to the most."""
    return Threshold(curve, above, round(curve.least + part * (min(curve.most, 90.0) - curve.least), 3))


def conditions(vantage: type[Vantage]) -> st.SearchStrategy[Condition]:
    words = st.sampled_from(WORDS[vantage]).map(parse_condition)
    atoms: st.SearchStrategy[Condition] = words | thresholds(vantage) | st.builds(Constant, st.booleans())
    return st.recursive(
        atoms, lambda inner: st.builds(Not, inner) | st.builds(And, inner, inner) | st.builds(Or, inner, inner), max_leaves=4
    )


heights = st.builds(between, st.just(SATELLITE), st.booleans(), st.floats(0.4, 0.999))
overhead: st.SearchStrategy[Condition] = heights | st.sampled_from(["satellite_up", "20 < satellite < 80"]).map(parse_condition)
watching = st.builds(Site, st.floats(-60.0, 60.0), st.floats(-180.0, 180.0), st.just(0.0), st.just(WATCHED))
questions = st.one_of(
    st.tuples(conditions(Spacecraft), spacecraft()),
    st.tuples(conditions(Site), sites),
    st.tuples(overhead, watching),
)
ranges = st.tuples(st.floats(-2.0, 2.0), st.floats(0.01, 3.0)).map(
    lambda pair: (EPOCH + timedelta(days=pair[0]), EPOCH + timedelta(days=pair[0] + pair[1]))
)
fewer = settings(max_examples=60)


def edges(windows: tuple[Window, ...]) -> list[tuple[object, object]]:
    return [(window.start, window.end) for window in windows]


@fewer
@given(questions, ranges)
def test_windows_are_ordered_disjoint_and_inside_the_range(
    question: tuple[Condition, Vantage], span: tuple[datetime, datetime]
) -> None:
    start, end = span

    windows = find_windows(*question, start, end)

    assert all(window.start <= window.end for window in windows)
    assert all(one.end <= other.start for one, other in pairwise(windows))
    assert all(start <= window.start and window.end <= end for window in windows)
    assert all(window.clipped_start == (window.start == start) for window in windows)
    assert all(window.clipped_end == (window.end == end) for window in windows)


@fewer
@given(questions)
def test_windows_and_their_complement_make_the_whole(question: tuple[Condition, Vantage]) -> None:
    condition, vantage = question
    start, end = EPOCH, EPOCH + timedelta(days=2)

    here, rest = find_windows(condition, vantage, start, end), find_windows(Not(condition), vantage, start, end)
    both = sorted((*here, *rest), key=lambda window: window.start)

    assert both[0].start == start
    assert both[-1].end == end
    assert all(one.end == other.start for one, other in pairwise(both))


@fewer
@given(questions, st.floats(0.05, 2.0))
def test_windows_do_not_depend_on_chunks(question: tuple[Condition, Vantage], chunk_days: float) -> None:
    condition, vantage = question
    start, end = EPOCH, EPOCH + timedelta(days=3)

    (cut,) = survey([condition], vantage, start, end, chunk_s=chunk_days * 86400.0)

    assert edges(cut) == edges(find_windows(condition, vantage, start, end))


@fewer
@given(questions, st.floats(0.0, 1.9), st.floats(0.0, 1.0))
def test_windows_do_not_depend_on_where_the_range_begins_or_ends(
    question: tuple[Condition, Vantage], later: float, sooner: float
) -> None:
    condition, vantage = question
    start, end = EPOCH, EPOCH + timedelta(days=3)
    inner_start, inner_end = start + timedelta(days=later), end - timedelta(days=sooner)

    inner = find_windows(condition, vantage, inner_start, inner_end)
    outer = find_windows(condition, vantage, start, end)

    cut = [(max(w.start, inner_start), min(w.end, inner_end)) for w in outer if w.start < inner_end and w.end > inner_start]
    assert edges(inner) == cut


@fewer
@given(st.data(), st.one_of(spacecraft(), sites))
def test_and_or_and_not_obey_de_morgan(data: st.DataObject, vantage: Vantage) -> None:
    left, right = (data.draw(conditions(type(vantage))) for _ in range(2))
    start, end = EPOCH, EPOCH + timedelta(days=1)

    for one, other in ((Not(And(left, right)), Or(Not(left), Not(right))), (Not(Or(left, right)), And(Not(left), Not(right)))):
        assert find_windows(one, vantage, start, end) == find_windows(other, vantage, start, end)


@fewer
@given(questions)
def test_windows_are_where_the_margin_is_positive(question: tuple[Condition, Vantage]) -> None:
    condition, vantage = question
    almanac = Almanac(vantage, seconds(EPOCH), seconds(EPOCH) + 86400.0)
    spans = condition.spans(almanac)
    instants = np.linspace(almanac.start, almanac.end, 1500)[1:-1]
    near_an_edge = np.zeros(instants.size, dtype=bool)
    for edge in spans.edges:
        near_an_edge |= np.abs(instants - edge) < 1e-3

    held = condition.margin(almanac, instants) > 0.0

    assert np.array_equal(held[~near_an_edge], spans.holds(instants)[~near_an_edge])


@fewer
@given(spacecraft(), sites, st.floats(-20.0, 89.0))
def test_high_passes_are_the_low_ones_that_are_high(above: Spacecraft, place: Site, height: float) -> None:
    """Whatever the height, `satellite > h` holds once in each stretch for every time that the satellite climbs over it."""
    watched = Site(place.latitude_deg, place.longitude_deg, place.elevation_m, above.elements)
    start, end = EPOCH, EPOCH + timedelta(days=3)
    almanac = Almanac(watched, seconds(start), seconds(end))
    nodes = SATELLITE.nodes(almanac)
    peaks = SATELLITE.value(almanac, nodes)
    tops = nodes[1:-1][(peaks[1:-1] > peaks[:-2]) & (peaks[1:-1] >= peaks[2:]) & (peaks[1:-1] > height + 1e-6)]
    tops = tops[(tops > almanac.start) & (tops < almanac.end)]

    windows = find_windows(Threshold(SATELLITE, above=True, level=height), watched, start, end)
    low = [one for one in find_passes(above.elements, place, start, end, height - 5.0) if one.max_elevation_deg > height]
    high = find_passes(above.elements, place, start, end, height)

    assert all(any(seconds(window.start) <= top <= seconds(window.end) for window in windows) for top in tops)
    whole = {one.culmination for one in low if not (one.clipped_rise or one.clipped_set)}
    assert whole <= {one.culmination for one in high}


@given(conditions(Spacecraft) | conditions(Site))
def test_every_condition_reads_back_from_its_text(condition: Condition) -> None:
    assert parse_condition(str(condition)) == condition


edge_lists = st.lists(st.integers(1, 99), unique=True, max_size=12).map(lambda some: np.array(sorted(some), dtype=np.float64))
sets_of_spans = st.builds(Spans, st.just(0.0), st.just(100.0), st.booleans(), edge_lists)


@given(sets_of_spans, sets_of_spans)
def test_spans_combine_as_their_points_do(one: Spans, other: Spans) -> None:
    points = np.arange(0.0, 100.0, 0.5)

    assert np.array_equal((one & other).holds(points), one.holds(points) & other.holds(points))
    assert np.array_equal((one | other).holds(points), one.holds(points) | other.holds(points))
    assert np.array_equal((~one).holds(points), ~one.holds(points))
    assert np.all(np.diff((one & other).edges) > 0)


@given(st.text(max_size=200))
def test_any_text_is_a_condition_or_a_refusal(text: str) -> None:
    try:
        condition = parse_condition(text)
    except ConditionRefused:
        return
    assert parse_condition(str(condition)) == condition


@given(st.sampled_from([0, 1]), st.integers(0, 68), st.characters(codec="latin-1"))
def test_one_wrong_character_is_always_noticed_or_harmless(which: int, column: int, character: str) -> None:
    """The checksum sees every digit; letters and blanks it does not weigh are checked by what their columns may hold."""
    lines: list[str] = [*ISS_LINES]
    lines[which] = lines[which][:column] + character + lines[which][column + 1 :]

    found, damaged = parse_tle("\n".join(lines), "changed")

    if not damaged:
        (elements,) = found
        assert checksum(lines[which]) == int(lines[which][68])
        assert elements.norad_id == 25544


@given(st.binary(max_size=400))
def test_any_bytes_are_elements_or_a_refusal(data: bytes) -> None:
    try:
        found, _ = parse_elements(data.decode("utf-8", errors="replace"), "bytes")
    except NightsideError:
        return
    assert all(moment(seconds(elements.epoch)) == elements.epoch for elements in found)
