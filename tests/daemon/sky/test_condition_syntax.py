"""The text syntax of conditions: what it means, how it reads back, and where it says that it is wrong."""

import pytest

from nightside.errors import ConditionRefused
from nightside.sky.conditions import And, Condition, Named, Names, Not, Or, Threshold, parse_condition
from nightside.sky.conditions.calendars import weekly
from nightside.sky.conditions.vocabulary import FUNCTIONS, WORDS
from nightside.sky.curves import NADIR_SUN, QUANTITIES, SUN

UMBRA, MOON_UP, SUNLIT = (parse_condition(word) for word in ("umbra", "moon_up", "sunlit"))
LOW_SUN = Threshold(NADIR_SUN, above=False, level=-12.0)
OFF_DUTY = parse_condition("~calendar(crew)", Names(calendars={"crew": weekly("Mon-Fri 07:00-19:00", "UTC")}))

MEANINGS: list[tuple[str, Condition]] = [
    ("umbra", UMBRA),
    ("  umbra\n", UMBRA),
    ("umbra & moon_up", And(UMBRA, MOON_UP)),
    ("umbra and moon_up", And(UMBRA, MOON_UP)),
    ("umbra | moon_up & sunlit", Or(UMBRA, And(MOON_UP, SUNLIT))),
    ("umbra or moon_up and sunlit", Or(UMBRA, And(MOON_UP, SUNLIT))),
    ("(umbra | moon_up) & sunlit", And(Or(UMBRA, MOON_UP), SUNLIT)),
    ("umbra & moon_up & sunlit", And(And(UMBRA, MOON_UP), SUNLIT)),
    ("umbra & (moon_up & sunlit)", And(UMBRA, And(MOON_UP, SUNLIT))),
    ("~umbra", Not(UMBRA)),
    ("not umbra & moon_up", And(Not(UMBRA), MOON_UP)),
    ("~~umbra", Not(Not(UMBRA))),
    ("~(umbra | moon_up)", Not(Or(UMBRA, MOON_UP))),
    ("nadir_sun < -12", LOW_SUN),
    ("nadir_sun<-12", LOW_SUN),
    ("nadir_sun <= −12.0°", LOW_SUN),
    ("-12 > nadir_sun", LOW_SUN),
    ("-18 < sun < -12", And(Threshold(SUN, above=True, level=-18.0), Threshold(SUN, above=False, level=-12.0))),
    ("-12 >= sun >= -18", And(Threshold(SUN, above=False, level=-12.0), Threshold(SUN, above=True, level=-18.0))),
    ("sun > 1.5e1", Threshold(SUN, above=True, level=15.0)),
    ("off_duty & umbra", And(Named("off_duty", OFF_DUTY), UMBRA)),
]
NAMES = Names(conditions={"off_duty": OFF_DUTY}, calendars={"crew": weekly("Mon-Fri 07:00-19:00", "UTC")})


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
def test_a_text_means_what_the_grammar_says(text: str, meaning: Condition) -> None:
    assert parse_condition(text, NAMES) == meaning


CALLS = [
    "over_circle(47.4, 8.5, 500)",
    "over_box(-10, 170, 10, -170)",
    "over_polygon(70, 0, 70, 120, 70, -120)",
    "aurora",
    "aurora(58, 77)",
    "solar_time(22, 4)",
    'weekly("Mon-Fri 22:00-06:00; Sat 20:00-24:00")',
    'weekly("22:00-06:00", "Europe/Zurich")',
    'calendar("crew")',
    'calendar("crew", "asleep")',
]


@pytest.mark.parametrize("text", [*CALLS, *WORDS, *(str(meaning) for _, meaning in MEANINGS)])
def test_a_condition_reads_back_from_its_own_text(text: str) -> None:
    condition = parse_condition(text, NAMES)

    assert str(condition) == text
    assert parse_condition(str(condition), NAMES) == condition


def test_a_name_needs_no_quotes_as_an_argument() -> None:
    assert parse_condition("calendar(crew)", NAMES) == parse_condition("calendar('crew')", NAMES)


WRONG = [
    ("", 1, "there is the end, where a condition would fit"),
    ("umbra &", 8, "there is the end, where a condition would fit"),
    ("umbra moon_up", 7, "there is 'moon_up', where '&', '|' or the end would fit"),
    ("umbra & & sunlit", 9, "there is '&', where a condition would fit"),
    ("(umbra", 7, "there is the end, where ')' would fit"),
    ("umbra)", 6, "there is ')'"),
    ("umbra & $", 9, "there is '$', which means nothing"),
    ("  moon_upp", 3, "'moon_upp' is no known condition, but 'moon_up' is"),
    ("sun", 4, "there is the end, where '<' or '>' and a number would fit"),
    ("sun < moon", 7, "there is 'moon', where a number would fit"),
    ("sun < 900", 7, "sun goes from -90 to 180°, so it is never 900"),
    ("moon_fraction > 50", 17, "moon_fraction goes from 0 to 1"),
    ("sun > 1e999", 7, "1e999 is too large a number"),
    ("5", 2, "where '<' or '>' and a number would fit"),
    ("5 < umbra", 5, "where a quantity, such as sun would fit"),
    ("over_circle", 12, "where '(', because over_circle takes arguments would fit"),
    ("over_circle(1 2)", 15, "where ',' or ')' would fit"),
    ("over_circle(1, 2)", 1, "over_circle takes a latitude, a longitude (°) and a radius (km)"),
    ("over_circle(95, 2, 3)", 1, "over_circle takes a latitude from -90 to 90, not 95"),
    ("over_circle(5, 2, -3)", 1, "over_circle takes a radius from 0.001"),
    ("over_box(10, 0, 5, 0)", 1, "over_box takes a north edge from 10 to 90, not 5"),
    ("over_polygon(1, 2, 3, 4)", 1, "over_polygon takes latitude and longitude (°) of three corners or more"),
    ("over_polygon(1, 2, 1, 2, 1, 2)", 1, "at least three corners that differ"),
    ("over_polygon(0, 0, 0, 180, 90, 0)", 1, "opposite sides of the Earth"),
    ("over(atlantis)", 1, "over knows no region 'atlantis'; configured: none"),
    ("aurora(80, 60)", 1, "aurora takes a geomagnetic latitude from 80 to 90, not 60"),
    ("solar_time(22, 25)", 1, "solar_time takes an hour from 0 to 24, not 25"),
    ("calendar(ship)", 1, "calendar knows no calendar 'ship'; configured: crew"),
    ("calendar()", 1, "calendar takes the name of a calendar"),
    ('weekly("Mon")', 1, "weekly takes hours like"),
    ('weekly("Mon-Fry 10:00-12:00")', 1, "weekly knows no day 'Fry'"),
    ('weekly("10:00-25:00")', 1, "weekly knows no time of day 25:00"),
    ('weekly("10:00-12:00", "Mars/Olympus")', 1, "weekly knows no time zone 'Mars/Olympus'"),
    ('weekly("10:00-12:00", "../../etc/passwd")', 1, "weekly knows no time zone"),
    ('weekly("10:00', 8, "a text without its closing quote"),
    ("(" * 60 + "umbra", 51, "parentheses nest more than 50 deep"),
    ("~" * 60 + "umbra", 51, "parentheses nest more than 50 deep"),
    ("umbra & " * 300 + "umbra", 1601, "there are more than 200 terms"),
]


@pytest.mark.parametrize(("text", "column", "says"), WRONG, ids=[text[:30] for text, _, _ in WRONG])
def test_a_wrong_text_is_refused_where_it_is_wrong(text: str, column: int, says: str) -> None:
    with pytest.raises(ConditionRefused) as refusal:
        parse_condition(text, NAMES)

    assert refusal.value.what.startswith(f"Column {column} of the condition: ")
    assert says in refusal.value.what


def test_a_text_longer_than_any_condition_is_not_even_read() -> None:
    with pytest.raises(ConditionRefused, match="30000 characters long"):
        parse_condition("u" * 30_000)


@pytest.mark.parametrize("name", ["umbra", "sun", "aurora", "and", "two words", ""])
def test_a_configured_condition_cannot_take_a_name_of_the_syntax(name: str) -> None:
    with pytest.raises(ConditionRefused, match="No condition can be called"):
        Names(conditions={name: UMBRA})


def test_no_word_has_two_meanings() -> None:
    assert not set(WORDS) & set(QUANTITIES)
    assert not set(WORDS) & set(FUNCTIONS)
    assert not set(QUANTITIES) & set(FUNCTIONS)
