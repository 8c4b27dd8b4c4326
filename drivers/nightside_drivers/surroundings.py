"""What programs that are not the daemon's own find in their environment: a person's commands, and whatever needs docstrings."""

import os

FOR_THE_DAEMON = frozenset({"PYTHONOPTIMIZE", "PYTHONNODEBUGRANGES", "PYTHONPYCACHEPREFIX"})
"""What the unit tells Python so that the daemon and its processes take less memory. Others rely on asserts and docstrings."""


def of_others() -> dict[str, str]:
    """Our environment without that."""
    return {name: value for name, value in os.environ.items() if name not in FOR_THE_DAEMON}
