"""`Wish`: what somebody asks to have armed. Apart from the arming itself, which does without reading one until somebody asks."""

from typing import Self

from pydantic import Field, model_validator

from nightside.plan.programs import AnyProgram
from nightside.plan.values import Sent


class Wish(Sent):
    """What is to be armed: a program, a recipe, or the configuration's programs, and for how long."""

    program: AnyProgram | None = None
    """Any program, as `POST /api/v1/plan/preview` takes it."""
    recipe: str | None = Field(default=None, max_length=100)
    """The name of one that is always there (`GET /api/v1/recipes`)."""
    configured: bool = Field(default=False, strict=True)
    """The configuration's programs."""
    windows: int | None = Field(default=None, strict=True, ge=1, le=10_000)
    """For so many windows; then what was armed before goes on. Until something else is armed, when not given."""
    nearest: bool = Field(default=False, strict=True)
    """Whether the nearest possible program is taken, if this one cannot be shot."""
    body: str | None = Field(default=None, max_length=100)
    """Serial number of the body that is meant; all of them, when not given."""

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if (self.program is not None) + (self.recipe is not None) + self.configured != 1:
            raise ValueError("there must be one of program, recipe and configured")
        if self.configured and self.windows is not None:
            raise ValueError("the configured programs are armed until something else is: windows cannot be given with them")
        return self
