"""The programs: one file a kind, found by looking into this package. To add a kind is to add its file.

A program says what to shoot, in the words of a photographer; when there is room for it is the window's business.
"""

import pkgutil
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, TypeAlias, Union

from pydantic import Field

from nightside.plan.programs import base
from nightside.plan.programs.base import Program, kind_of


def _found() -> tuple[type[Program], ...]:
    """Every class with a `kind` of its own, in the modules of this package."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    classes = [
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and one.__module__ == module.__name__
    ]
    kinds = [one for one in classes if issubclass(one, Program) and "kind" in vars(one).get("__annotations__", {})]
    return tuple(sorted(kinds, key=kind_of))


PROGRAMS = _found()

if TYPE_CHECKING:
    AnyProgram: TypeAlias = Program
else:
    AnyProgram = Annotated[Union[PROGRAMS], Field(discriminator="kind")]  # noqa: UP007 — made of what was found
    # Kinds name it before it is there, and are built when they are first used: then it is found where they were written.
    for _module in {base.__name__, *(_kind.__module__ for _kind in PROGRAMS)}:
        sys.modules[_module].AnyProgram = AnyProgram
"""Any program, told apart by its `kind`: what a configuration holds."""

# The two that everybody starts with, by name.
from nightside.plan.programs.interval import Interval  # noqa: E402 — after the package knows its kinds
from nightside.plan.programs.star_trail import StarTrail  # noqa: E402

__all__ = ["PROGRAMS", "AnyProgram", "Interval", "Program", "StarTrail", "kind_of"]
