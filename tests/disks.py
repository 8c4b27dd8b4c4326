"""Real file systems that are small, full or read-only. Mounting one needs root: who is not is told that a test is left out."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest


@contextmanager
def small_disk(folder: Path) -> Generator[Path]:
    """A file system of one megabyte, mounted on a new folder."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    mounted = subprocess.run(words, check=False, capture_output=True, text=True)
    if mounted.returncode != 0:
        not_mounted(mounted.stderr)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def not_mounted(why: str) -> NoReturn:
    """Leave a test out where nobody may mount a disk; root in CI may, so there it fails."""
    if os.environ.get("CI") and os.getuid() == 0:
        pytest.fail(f"no disk could be mounted: {why.strip()}")
    pytest.skip(f"no disk could be mounted: {why.strip()}")
