"""Ephemeris messages: tables that say what SGP4 says, interpolated as the standard asks, and what is refused."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from nightside.errors import ElementsDamaged, NightsideError, RangeRefused
from nightside.sky.conditions import parse_condition
from nightside.sky.elements import Elements, Ephemeris, Frame, Freshness, load_elements, parse_elements
from nightside.sky.frames import icrf_from_eme2000, teme_from_icrf
from nightside.sky.instants import Floats, moment, seconds, tai_minus_utc
from nightside.sky.orbit import orbit_of
from nightside.sky.vantage import Spacecraft
from nightside.sky.windows import find_windows, no_night_until
from tests.daemon.sky.reference import ends, iss, starts, utc, worst_s

START = utc("2018-07-04T00:00:00")
STEP_S = 240.0
UMBRA = parse_condition("umbra")
PARTS = parse_condition("umbra | sunlit | penumbra")
SGP4_S = 5e-4
"""What it costs that the velocities of SGP4 are not quite the rate of its positions, which Hermite relies on."""


def states(frame: Frame, hours: float = 26.0) -> tuple[Floats, Floats]:
    """The ISS by SGP4 every four minutes, in another frame: instants, and rows of six."""
    instants = seconds(START) + np.arange(0.0, hours * 3600.0, STEP_S)
    position, velocity = orbit_of(iss()).states(instants)
    if frame is Frame.TEME:
        return instants, np.concatenate((position, velocity)).T
    turn = teme_from_icrf(instants)
    if frame is Frame.EME2000:
        turn = turn @ icrf_from_eme2000()
    turned = [np.einsum("nji,jn->ni", turn, vector) for vector in (position, velocity)]
    return instants, np.concatenate(turned, axis=1)


def message(
    frame: Frame = Frame.EME2000,
    extra: str = "INTERPOLATION = HERMITE\nINTERPOLATION_DEGREE = 7",
    scale: str = "UTC",
    digits: int = 9,
    change: Callable[[list[str]], list[str]] = lambda rows: rows,
) -> str:
    instants, table = states(frame)
    if scale == "TAI":
        instants = instants + tai_minus_utc(instants)
    stamp = [moment(instant).strftime("%Y-%m-%dT%H:%M:%S.%f") for instant in instants]
    rows = [f"{at} " + " ".join(f"{value:.{digits}f}" for value in row) for at, row in zip(stamp, table, strict=True)]
    return "\n".join(
        [
            "CCSDS_OEM_VERS  = 2.0",
            "CREATION_DATE   = 2018-07-03T21:00:00",
            "ORIGINATOR      = TEST",
            "META_START",
            "OBJECT_NAME     = ISS",
            "OBJECT_ID       = 1998-067-A",
            "CENTER_NAME     = EARTH",
            f"REF_FRAME       = {frame}",
            f"TIME_SYSTEM     = {scale}",
            f"START_TIME      = {stamp[0]}",
            f"STOP_TIME       = {stamp[-1]}",
            extra,
            "META_STOP",
            "COMMENT =====",
            "COMMENT  GMT185 Reboost        185:18:51:00.000             1.0     428.1     412.5",
            "COMMENT                                                    (3.3)   (231.2)   (222.7)",
            "COMMENT  65P Undock            186:02:14:00.000                     405.0     402.1",
            *change(rows),
            "COVARIANCE_START",
            "EPOCH = 2018-07-04T00:00:00",
            "1.0",
            "COVARIANCE_STOP",
            "",
        ]
    )


def read(text: str) -> Elements:
    found, damaged = parse_elements(text, "iss.oem")
    if damaged:
        raise damaged[0].error
    (elements,) = found
    return elements


@pytest.mark.parametrize("frame", [Frame.EME2000, Frame.ICRF, Frame.TEME])
@pytest.mark.parametrize("method", ["HERMITE 7", "LAGRANGE 9", ""])
def test_windows_from_a_table_are_those_of_the_orbit_it_was_made_from(frame: Frame, method: str) -> None:
    words = [f"{key} = {value}" for key, value in zip(("INTERPOLATION", "INTERPOLATION_DEGREE"), method.split(), strict=False)]
    elements = read(message(frame, "\n".join(words)))
    when = START, START + timedelta(days=1)

    table = find_windows(UMBRA, Spacecraft(elements), *when)
    mean = find_windows(UMBRA, Spacecraft(iss()), *when)

    assert worst_s(starts(table), starts(mean)) < SGP4_S
    assert worst_s(ends(table), ends(mean)) < SGP4_S


def test_times_may_be_atomic() -> None:
    when = START + timedelta(hours=1), START + timedelta(hours=20)

    civil = find_windows(UMBRA, Spacecraft(read(message())), *when)
    atomic = find_windows(UMBRA, Spacecraft(read(message(scale="TAI"))), *when)

    assert worst_s(starts(atomic), starts(civil)) < 1e-4


def test_the_table_s_own_samples_are_met() -> None:
    elements = read(message(Frame.TEME))
    instants, table = states(Frame.TEME)

    position, velocity = orbit_of(elements).states(instants[[0, 7, -1]])

    assert pytest.approx(table[[0, 7, -1], :3], abs=1e-8) == position.T
    assert pytest.approx(table[[0, 7, -1], 3:], abs=1e-8) == velocity.T


def test_velocity_is_the_rate_of_position() -> None:
    orbit = orbit_of(read(message(Frame.TEME)))
    at = np.array([seconds(START) + 5000.0])

    (before, _), (after, _), (_, velocity) = (orbit.states(at + offset) for offset in (-0.5, 0.5, 0.0))

    assert (after - before) == pytest.approx(velocity, abs=1e-5)


def test_announced_manoeuvres_are_read() -> None:
    reboost, undock = read(message()).manoeuvres

    assert (reboost.name, reboost.at, reboost.delta_v_m_s) == ("GMT185 Reboost", utc("2018-07-04T18:51:00"), 1.0)
    assert (undock.name, undock.at) == ("65P Undock", utc("2018-07-05T02:14:00"))


def test_a_table_is_stale_outside_its_span_and_refuses_to_be_asked_there() -> None:
    elements = read(message())
    spacecraft, later = Spacecraft(elements), START + timedelta(days=2)

    assert elements.freshness(START + timedelta(hours=3)) is Freshness.FRESH
    assert elements.freshness(later) is Freshness.STALE
    assert elements.useable_until == START + timedelta(hours=25, minutes=56)
    with pytest.raises(RangeRefused, match="says nothing of 2018-07-0"):
        find_windows(UMBRA, spacecraft, START, later)


def test_the_useable_span_is_respected() -> None:
    elements = read(message(extra="USEABLE_START_TIME = 2018-07-04T01:00:00\nUSEABLE_STOP_TIME = 2018-185T20:00:00"))

    assert isinstance(elements.orbit, Ephemeris)
    assert elements.epoch == utc("2018-07-04T01:00:00")
    assert moment(elements.orbit.stop_s) == utc("2018-07-04T20:00:00")


def test_the_search_for_the_next_night_ends_with_the_table() -> None:
    spacecraft = Spacecraft(read(message()))

    found = no_night_until(UMBRA, spacecraft, START + timedelta(hours=2))
    assert found is not None
    assert found.start < START + timedelta(hours=4)
    assert no_night_until(parse_condition("beta > 80"), spacecraft, START) is None


def test_a_range_of_minutes_at_the_table_s_end_can_be_asked() -> None:
    elements = read(message())
    assert isinstance(elements.orbit, Ephemeris)
    end = moment(elements.orbit.stop_s)

    for minutes in (1, 3, 10, 40):
        assert len(find_windows(PARTS, Spacecraft(elements), end - timedelta(minutes=minutes), end)) == 1


def test_segments_are_not_interpolated_across() -> None:
    instants, table = states(Frame.TEME, 6.0)
    stamp = [moment(instant).strftime("%Y-%m-%dT%H:%M:%S.%f") for instant in instants]
    rows = [f"{at} " + " ".join(f"{value:.9f}" for value in row) for at, row in zip(stamp, table, strict=True)]
    keys = "OBJECT_NAME = ISS", "OBJECT_ID = 1998-067-A", "CENTER_NAME = EARTH", "REF_FRAME = TEME", "TIME_SYSTEM = UTC"
    meta = "\n".join(("META_START", *keys, "META_STOP"))
    text = "\n".join(["CCSDS_OEM_VERS = 2.0", meta, *rows[:46], meta, *rows[45:], ""])

    elements = read(text)

    assert isinstance(elements.orbit, Ephemeris)
    assert len(elements.orbit.segments) == 2
    windows = find_windows(UMBRA, Spacecraft(elements), START, START + timedelta(hours=5.9))
    mean = find_windows(UMBRA, Spacecraft(iss()), START, START + timedelta(hours=5.9))
    assert worst_s(starts(windows), starts(mean)) < SGP4_S


def in_segments(*parts: slice, late_s: float = 0.0) -> str:
    """Six hours of the ISS in several segments; the states of the last one so much too late."""
    instants, table = states(Frame.TEME, 6.0)
    keys = "OBJECT_NAME = ISS", "OBJECT_ID = 1998-067-A", "CENTER_NAME = EARTH", "REF_FRAME = TEME", "TIME_SYSTEM = UTC"
    lines = ["CCSDS_OEM_VERS = 2.0"]
    for part in parts:
        lines += ["META_START", *keys, "META_STOP"]
        late = late_s if part is parts[-1] else 0.0
        for at, row in zip(instants[part], table[part], strict=True):
            lines.append(f"{moment(at + late):%Y-%m-%dT%H:%M:%S.%f} " + " ".join(f"{value:.9f}" for value in row))
    return "\n".join([*lines, ""])


def test_a_range_inside_one_segment_is_answered_however_near_the_gap() -> None:
    spacecraft = Spacecraft(read(in_segments(slice(0, 31), slice(40, 90))))
    gap = START + timedelta(hours=2)

    for minutes in (9.0, 3.0, 1.0, 0.0):
        found = find_windows(PARTS, spacecraft, START, gap - timedelta(minutes=minutes))
        assert len(found) == 1
    assert len(find_windows(PARTS, spacecraft, gap + timedelta(minutes=40), gap + timedelta(minutes=45))) == 1
    with pytest.raises(RangeRefused, match=r"says nothing of 2018-07-04 02:00:01 UTC"):
        find_windows(UMBRA, spacecraft, START, gap + timedelta(hours=1))


def test_a_gap_shorter_than_the_nodes_is_not_stepped_over() -> None:
    spacecraft = Spacecraft(read(in_segments(slice(0, 31), slice(31, 90))))

    with pytest.raises(RangeRefused, match="with gaps"):
        find_windows(UMBRA, spacecraft, START, START + timedelta(hours=5))


def test_segments_that_overlap_must_agree() -> None:
    assert read(in_segments(slice(0, 40), slice(20, 90))).covers(START + timedelta(hours=5))

    with pytest.raises(ElementsDamaged, match=r"two segments of ISS are \d+ km apart at 2018-07-04 0"):
        read(in_segments(slice(0, 40), slice(20, 90), late_s=60.0))


def test_xml_says_the_same_as_key_and_value() -> None:
    instants, table = states(Frame.EME2000, 3.0)
    keys = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
    vectors = "".join(
        f"<stateVector><EPOCH>{moment(at):%Y-%m-%dT%H:%M:%S.%fZ}</EPOCH>"
        + "".join(f'<{key} units="km">{value:.9f}</{key}>' for key, value in zip(keys, row, strict=True))
        + "</stateVector>"
        for at, row in zip(instants, table, strict=True)
    )
    meta = "<OBJECT_NAME>ISS</OBJECT_NAME><REF_FRAME>EME2000</REF_FRAME><TIME_SYSTEM>UTC</TIME_SYSTEM>"
    text = f"<ndm><oem><body><segment><metadata>{meta}</metadata><data>{vectors}</data></segment></body></oem></ndm>"

    windows = find_windows(UMBRA, Spacecraft(read(text)), START, START + timedelta(hours=2.9))

    mean = find_windows(UMBRA, Spacecraft(iss()), START, START + timedelta(hours=2.9))
    assert worst_s(starts(windows), starts(mean)) < SGP4_S


def swapped(rows: list[str]) -> list[str]:
    return [rows[1], rows[0], *rows[2:]]


def other_digit(row: str) -> str:
    """The tens of kilometres of x, changed."""
    words = row.split()
    words[1] = f"{float(words[1]) + 10.0:.9f}"
    return " ".join(words)


REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("REF_FRAME       = EME2000", {"REF_FRAME       = EME2000": "REF_FRAME = ITRF"}, "is in the frame 'ITRF'"),
    ("TIME_SYSTEM     = UTC", {"TIME_SYSTEM     = UTC": "TIME_SYSTEM = UT1"}, "counts time in 'UT1'"),
    ("CENTER_NAME     = EARTH", {"CENTER_NAME     = EARTH": "CENTER_NAME = MARS"}, "is about 'MARS'"),
    ("HERMITE", {"HERMITE": "SPLINE"}, "asks for the interpolation 'SPLINE 7'"),
    ("= 7", {"INTERPOLATION_DEGREE = 7": "INTERPOLATION_DEGREE = 99"}, "degree 99"),
    ("START_TIME", {"START_TIME      = 2018-07-04T00": "START_TIME = 2018-07-04T99"}, "no readable START_TIME"),
]


@pytest.mark.parametrize(("changes", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_message_that_cannot_be_used_is_refused(changes: dict[str, str], says: str) -> None:
    text = message()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)

    with pytest.raises(ElementsDamaged, match=says):
        read(text)


ROWS: list[tuple[str, Callable[[list[str]], list[str]], str]] = [
    ("backwards", swapped, "Line 20 of iss.oem is not later than the line before it"),
    ("short", lambda rows: [rows[0].rpartition(" ")[0], *rows[1:]], "Line 19 of iss.oem has 6 words"),
    ("no number", lambda rows: [rows[0] + "x", *rows[1:]], "Line 19 of iss.oem is no state"),
    ("not finite", lambda rows: [rows[0].rpartition(" ")[0] + " nan", *rows[1:]], "Line 19 .* not finite"),
    ("too fast", lambda rows: [rows[0].replace(" ", " 9", 1), *rows[1:]], "is none of an Earth satellite|line before it leads"),
    (
        "a digit off",
        lambda rows: [rows[0], other_digit(rows[1]), *rows[2:]],
        "Line 20 .* is not where the line before it leads",
    ),
    ("too few", lambda rows: rows[:1], "has fewer than two states"),
    ("none", lambda rows: rows[:0], "has fewer than two states"),
    ("underground", lambda rows: [rows[0].split()[0] + " 1 2 3 4 5 6", *rows[1:]], "is none of an Earth satellite"),
]


@pytest.mark.parametrize(("change", "says"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_states_that_cannot_be_are_refused_with_their_line(change: Callable[[list[str]], list[str]], says: str) -> None:
    with pytest.raises(ElementsDamaged, match=says):
        read(message(change=change))


@pytest.mark.parametrize(
    "text", ["CCSDS_OEM_VERS = 2.0\n", "CCSDS_OEM_VERS = 2.0\nMETA_START\n", "CCSDS_OEM_VERS\nMETA_STOP\n1 2"]
)
def test_an_empty_message_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.oem"
    path.write_text(text)

    with pytest.raises(NightsideError):
        load_elements(path)
