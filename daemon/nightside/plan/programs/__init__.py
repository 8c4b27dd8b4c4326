"""The programs: one file a kind. A kind is known once its class stands in `PROGRAMS`.

A program says what to shoot, in the words of a photographer; when there is room for it is the window's business.
"""

from typing import Annotated

from pydantic import Field

from nightside.plan.programs.interval import Interval
from nightside.plan.programs.star_trail import StarTrail

PROGRAMS = (StarTrail, Interval)

AnyProgram = Annotated[StarTrail | Interval, Field(discriminator="kind")]
"""Any program, told apart by its `kind`: what a configuration holds."""

__all__ = ["PROGRAMS", "AnyProgram", "Interval", "StarTrail"]
