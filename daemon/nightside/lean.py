"""Starting without what nobody here uses, in as little time as it takes.

structlog loads rich, for tracebacks that ours are not drawn by, and greenlet; uvicorn loads watchfiles, to start itself anew when
code changes; python-engineio loads two HTTP clients. Each is imported at once when it is installed, and done without when it is
not. The first would be about five of the daemon's megabytes, through every night; the clients another twelve of one that has shown
its page. FastAPI loads the whole of Pydantic's version 1, to ask of each of our models whether it is one of its, and builds every
part of an API's description as it is loaded: two and a half megabytes. Pydantic looks for plugins in the metadata of every
installed distribution, some two hundred files, and Python for garbage that a start does not make.
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
    "fastapi": (),
}
"""What is left aside while a library is loaded."""
NEVER = {"fastapi": ("pydantic.v1",)}
"""What it would look for again and again afterwards, and nobody else has a use for: left aside for good."""


def load_lean(library: str) -> None:
    """Load one of these libraries as if the others were not installed; whoever wants those can load them afterwards.

    Called before anybody else loads it; one that is there already stays as it is.
    """
    if library in sys.modules:
        return
    without = [name for name in OFFERED[library] if name not in sys.modules]
    never = [name for name in NEVER.get(library, ()) if name not in sys.modules]
    sys.modules.update(dict.fromkeys([*without, *never]))  # type: ignore[arg-type]  # None is Python's own word for "is not there"
    try:
        with _models_built_later():
            import_module(library)
    finally:
        for name in without:
            del sys.modules[name]


@contextmanager
def _models_built_later() -> Generator[None]:
    """Have Pydantic build what is read in the block when it is first used, as if each of its models said so."""
    pydantic = sys.modules.get("pydantic")
    if pydantic is None:
        yield
        return
    common = pydantic.BaseModel.model_config
    common["defer_build"] = True
    try:
        yield
    finally:
        common.pop("defer_build", None)


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
