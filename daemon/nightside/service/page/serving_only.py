"""Loading the websocket's library without the HTTP clients that it takes along where they are installed.

The page serves and asks nobody. The clients, aiohttp and requests, are optional to python-engineio, and would take 12 MiB of every
daemon (measured).
"""

import sys
from importlib import import_module
from typing import Any

CLIENTS = ("aiohttp", "requests")


def load() -> None:
    """Load it, as if they were not installed. Whoever wants them later still gets them."""
    modules: dict[str, Any] = sys.modules
    absent = [name for name in CLIENTS if name not in modules]
    modules |= dict.fromkeys(absent)
    try:
        import_module("socketio")
    finally:
        for name in absent:
            del modules[name]
