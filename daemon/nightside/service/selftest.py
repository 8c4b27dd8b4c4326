"""What the agenda tries once a day, so that a night does not find out first: libraries, release lines, the sinks' markers.

Nothing is shot and nothing is written. A release line is opened and its sync contact read, and never pressed; while the night has
the body, or is about to, the line is left alone: then the shots are its test.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from nightside.service.agenda import Trial
from nightside.service.findings import software
from nightside.service.findings.values import Finding
from nightside.storage.sinks.hosted import HostedSink
from nightside_drivers.errors import NightsideError

DAILY = timedelta(days=1)
FIRST = timedelta(hours=1)
"""How long after the first start: bodies are met then, and their lines opened by those who met them."""
TRIED_S = 20.0
"""Machine time that a line may take to be opened and let go."""


def libraries() -> str | None:
    """Whether the libraries that no night can do without are there, and can be loaded. Starts a process."""
    found = (software.sqlite(), software.library("numpy", "No night can be computed."), software.cameras_library())
    return " ".join(_said(one) for one in found if not one.good) or None


def _said(found: Finding) -> str:
    return " ".join(part for part in (found.what, found.means, found.remedy) if part)


def release_line(options: Mapping[str, str], needed: Callable[[], Awaitable[object]]) -> Trial:
    """Whether a release line can be opened, and its sync contact is open while nothing is exposed.

    Args:
        options: `nightside_drivers.wired.options.release_options`.
        needed: gives nothing where nobody else needs the line now (`nightside.focus.gate`).
    """

    async def trial() -> str | None:
        if await needed() is not None:
            return None
        return await asyncio.to_thread(_tried, options)

    return trial


def _tried(options: Mapping[str, str]) -> str | None:
    words = [sys.executable, "-m", "nightside_drivers.wired.trying", json.dumps(dict(options))]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=TRIED_S, stdin=subprocess.DEVNULL)
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return f"The release line hangs: it was not open after {TRIED_S:g} s. Pull and plug its adapter."
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return f"The release line could not be tried: {error}."
    if "error" in told:
        return " ".join(part for part in (told["what"], told["means"], told["remedy"]) if part)
    if told["contact"]:
        return (
            "The sync contact is closed, and nothing is exposed: it is shorted, or wired to something else. See to its cable."
        )
    return None


def marker(sink: HostedSink) -> Trial:
    """Whether a sink is there and is the one that it was. It is met by a process of its own, beside the one that feeds it."""

    async def trial() -> str | None:
        try:
            await sink.check()
        except NightsideError as error:
            return str(error)
        finally:
            await sink.close()
        return None

    return trial
