"""Lines of the log as they are read on a page. Pure; what they hold may come from a camera or a server, and is only ever text."""

from collections.abc import Mapping
from typing import Any

LINES = 60
LONGEST = 400
"""Characters of a line."""
FIRST = ("at", "level", "event")


def written(line: Mapping[str, Any]) -> str:
    """One line: when (UTC), how grave, what, and what goes with it."""
    at = str(line.get("at", ""))[11:19]
    more = " ".join(f"{key}={value}" for key, value in line.items() if key not in FIRST)
    whole = f"{at or '--:--:--'} UTC  {line.get('level', ''):<8} {line.get('event', '')}  {more}".rstrip()
    plain = " ".join(whole.splitlines())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
