"""The recipes that are shipped: each plans on a D3s, and says where its numbers come from."""

from datetime import timedelta
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from nightside.errors import ProgramRefused
from nightside.plan.lay import lay
from nightside.plan.occasions import SkyOccasions, sky_arcsec_s
from nightside.plan.reading import program_text, read_program
from nightside.plan.recipes import Recipe, recipe, recipes
from nightside.sky.conditions import Names
from nightside.sky.vantage import Spacecraft, Vantage
from tests.daemon.plan.scenes import d3s
from tests.daemon.plan.test_anchors import ALPS, iss, night

ASKED = {"iss-star-trail", "iss-timelapse", "lightning", "city-lights", "milky-way", "iss-pass"}
GROUND = {"milky-way", "iss-pass"}


def test_the_recipes_that_were_asked_for_are_there() -> None:
    assert {one.name for one in recipes()} >= ASKED


@pytest.mark.parametrize("one", recipes(), ids=lambda one: one.name)
def test_a_recipe_plans_on_a_d3s_in_a_real_night(one: Recipe) -> None:
    vantage: Vantage = ALPS if one.name in GROUND else Spacecraft(iss())
    window = night(vantage, "sun < -6" if one.name in GROUND else "umbra")
    sky = sky_arcsec_s(vantage, window.start)
    plan = lay(one.program, window, d3s(), occasions=SkyOccasions(vantage, Names()), sky_arcsec_s=sky)
    assert len(plan.shots) >= 9
    assert plan.span.duration > timedelta(minutes=10)


@pytest.mark.parametrize("one", recipes(), ids=lambda one: one.name)
def test_a_recipe_says_where_its_numbers_come_from_and_is_called_as_its_file(one: Recipe) -> None:
    assert len(one.source) > 40
    assert one.about.endswith(".")
    assert one.program.called == one.name


@pytest.mark.parametrize("one", recipes(), ids=lambda one: one.name)
def test_a_recipe_written_down_again_is_the_same_program(one: Recipe) -> None:
    assert read_program(program_text(one.program), one.name) == one.program


def test_a_recipe_that_is_not_there_is_refused_with_one_that_is() -> None:
    with pytest.raises(ProgramRefused, match="Did you mean lightning"):
        recipe("lightening")


def test_recipes_are_in_the_wheel() -> None:
    builder = WheelBuilder(str(Path(__file__).parents[3]))
    shipped = {file.distribution_path for file in builder.recurse_included_files()}
    assert {f"nightside/plan/recipes/{name}.toml" for name in ASKED} <= shipped
