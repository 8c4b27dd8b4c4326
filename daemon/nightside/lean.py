"""Starting without what nobody here uses, in as little time as it takes.

structlog loads rich, for tracebacks that ours are not drawn by, and greenlet; uvicorn loads watchfiles, to start itself anew when
code changes; python-engineio loads two HTTP clients. Each is imported at once when it is installed, and done without when it is
not. The first would be about five of the daemon's megabytes, through every night; the clients another twelve of one that has shown
its page. Pydantic looks for plugins in the metadata of every installed distribution, some two hundred files, and Python for garbage
that a start does not make.
"""

import gc
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module

OFFERED = {
    "structlog": ("rich", "better_exceptions", "greenlet"),
    "uvicorn": ("watchfiles",),
    "socketio": ("aiohttp", "requests"),
}
"""What is left aside while a library is loaded."""


def load_lean(library: str) -> None:
    """Load one of these libraries as if the others were not installed; whoever wants those can load them afterwards.

    Called before anybody else loads it; one that is there already stays as it is.
    """
    if library in sys.modules:
        return
    without = [name for name in OFFERED[library] if name not in sys.modules]
    sys.modules.update(dict.fromkeys(without))  # type: ignore[arg-type]  # None is Python's own word for "is not there"
    try:
        import_module(library)
    finally:
        for name in without:
            del sys.modules[name]


@contextmanager
def hurry() -> Generator[None]:
    """What a daemon runs in, from before it loads anything: no plugins, and no garbage looked for until `settle`."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Look for garbage again, from here on: what has been loaded stays, and is not looked through each time. Takes a while."""
    gc.collect()
    gc.freeze()
    gc.enable()
