"""Programs of the system that some tests are proved with. Where one is missing they are left out, and say so; in CI they fail."""

import os
import shutil
from typing import NoReturn

import pytest


def needed(program: str, package: str) -> str:
    """The path of a program of Debian's `package`."""
    found = shutil.which(program)
    if found is None:
        absent(f"{program} is not installed (Debian: {package})")
    return found


def absent(missing: str) -> NoReturn:
    """Leave a test out for what this machine lacks; in CI, fail it."""
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
