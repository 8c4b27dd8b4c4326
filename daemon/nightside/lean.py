"""Loading two libraries without what they only offer, and nobody here uses.

structlog loads rich, for tracebacks that ours are not drawn by, and greenlet; uvicorn loads watchfiles, to start itself anew when
code changes. Each is imported at once when it is installed, and done without when it is not. Together they would be about five
of the daemon's megabytes, through every night.
"""

import sys
from importlib import import_module

OFFERED = {"structlog": ("rich", "better_exceptions", "greenlet"), "uvicorn": ("watchfiles",)}
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
