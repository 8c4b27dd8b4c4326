"""What sinks say that they hold: their own manifests, read when nothing else is left to know it by."""

import asyncio
from collections.abc import Sequence

import structlog

from nightside.errors import NightsideError
from nightside.storage.manifests import SESSION, parse
from nightside.storage.sinks.sink import Sink

log = structlog.stdlib.get_logger()

PATIENCE_S = 60.0
"""How long (s, machine time) one sink is waited for."""


async def promised(sinks: Sequence[Sink], patience_s: float = PATIENCE_S) -> dict[str, dict[str, str]]:
    """The SHA-256 of every file that each sink lists, by its path there. A sink that does not answer is left out, and named."""
    found: dict[str, dict[str, str]] = {}
    for sink in sinks:
        try:
            async with asyncio.timeout(patience_s):
                found[sink.name] = await _listed(sink)
        except (NightsideError, TimeoutError) as error:
            log.warning("sink-not-asked", sink=sink.name, why=str(error) or f"It did not answer within {patience_s:g} s.")
        finally:
            await sink.close()
    return found


async def _listed(sink: Sink) -> dict[str, str]:
    listed: dict[str, str] = {}
    async for name in sink.names():
        root, _, last = name.rpartition("/")
        if last == SESSION and (text := await sink.text(name)) is not None:
            listed |= {f"{root}/{path}": sha256 for path, sha256 in parse(text).items()}
    return listed
