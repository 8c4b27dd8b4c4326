"""The worker: `python -m nightside.service.gallery.worker`, which makes small pictures for a daemon, one at a time.

A process of its own, since what it decodes is hostile and takes a processor: it may be killed at any instant, has bounded memory,
and runs only when nobody else wants to. A line of JSON in, a line of JSON out; it ends when nobody writes any more.
"""

import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nightside.errors import PictureDamaged

MOST_MEMORY = 2 << 30
"""Bytes of address space: a picture of 120 million pixels, and the libraries."""
NICE = 15


def main() -> None:
    """Work until there is no more."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(made(json.loads(line))) + "\n")
        sys.stdout.flush()


def made(order: dict[str, Any]) -> dict[str, Any]:
    """Make one: from `source`, no side longer than `longest_px`, at `target`; its shades at `shades`. Gives what went wrong."""
    from nightside.service.gallery.pictures import shrunk

    try:
        jpeg, shades = shrunk(Path(order["source"]), order["longest_px"])
        _write(Path(order["shades"]), json.dumps(asdict(shades)).encode())
        _write(Path(order["target"]), jpeg)
    except PictureDamaged as error:
        return {"damaged": error.what}
    except MemoryError:
        return {"damaged": "The picture needs more memory than it may have."}
    except OSError as error:
        return {"damaged": f"It cannot be read or written: {error.strerror}."}
    return {}


def _write(path: Path, content: bytes) -> None:
    """Whole, or not at all. It may be lost in a power cut: it is made again."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)


if __name__ == "__main__":
    main()
