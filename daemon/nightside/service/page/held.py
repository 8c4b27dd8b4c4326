"""The files that pages are made of, held in memory, each under an address of its own version."""

import base64
import hashlib
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).with_name("assets")


@cache
def files() -> dict[str, bytes]:
    """Every file, by its name. Reads them, the first time."""
    return {path.name: path.read_bytes() for path in sorted(ASSETS.iterdir()) if path.is_file()}


@cache
def stamp() -> str:
    """Another whenever one of the files is: browsers keep what they have loaded under it for ever."""
    return hashlib.sha256(b"\0".join(files().values())).hexdigest()[:12]


def address(name: str) -> str:
    """Where a file is to be had."""
    return f"/look/{stamp()}/{name}"


def favicon() -> str:
    """The icon as a data URL."""
    return f"data:image/svg+xml;base64,{base64.b64encode(files()['favicon.svg']).decode()}"
