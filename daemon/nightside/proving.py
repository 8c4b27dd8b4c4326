"""Proving what the sinks hold, put together from a configuration: by `nightside verify`, and in a running daemon.

Each sink is read by a process of its own, beside the one that feeds it. How far a run came is noted in the spool, so that one that
was broken off, by either of the two, can be gone on with by either.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from nightside.building import sink_options
from nightside.clock import SystemClock
from nightside.errors import ConfigRefused, LedgerMissing
from nightside.ledger.opening import read_ledger
from nightside.service.verifying import Begun, Judged, Wish
from nightside.settings import Settings
from nightside.storage.sinks.hosted import HostedSink
from nightside.storage.templates import Template
from nightside.storage.verifying import Finding, Progress, Verdict, told_by_ledger, told_by_manifests, unlisted, verify


def require_sink(settings: Settings, name: str | None) -> None:
    """Refuse the name of a sink that there is not.

    Raises:
        ConfigRefused: there is none of this name.
    """
    known = [table.name for table in settings.storage.sinks]
    if name is not None and name not in known:
        raise ConfigRefused(f"There is no sink {name!r}.", remedy=f"There are: {', '.join(known)}.")


async def prove(settings: Settings, wish: Wish) -> AsyncGenerator[Begun | Judged]:
    """Read every copy back that is meant, sink by sink, and say of each file how it is. Changes no copy.

    Raises:
        NightsideError: a sink cannot be read, or the ledger.
        OSError: how far it came cannot be noted in the spool.
    """
    require_sink(settings, wish.sink)
    limit: dict[str, Any] = {} if wish.rate_mb_s is None else {"rate_mb_s": wish.rate_mb_s}
    for table in settings.storage.sinks:
        if wish.sink in {None, table.name}:
            sink = HostedSink(sink_options(settings, table) | limit)
            try:
                async with aclosing(_one(settings, sink, wish)) as steps:
                    async for step in steps:
                        yield step
            finally:
                await sink.close()


async def _one(settings: Settings, sink: HostedSink, wish: Wish) -> AsyncGenerator[Begun | Judged]:
    progress = Progress(settings.path(settings.storage.spool), sink.name)
    template = Template(settings.storage.names)
    await sink.check()
    names = [name async for name in sink.names()]
    by_ledger = None if wish.manifests else await asyncio.to_thread(_told, settings, sink.name, wish.session)
    told, within = await _meant(sink, names, by_ledger, wish.session, template)
    before = await asyncio.to_thread(progress.load) if wish.resume else {}
    good = {path: finding for path, finding in before.items() if finding.verdict is Verdict.GOOD and path in told}
    await asyncio.to_thread(progress.begin, good.values())
    yield Begun(sink.name, len(told))
    for finding in good.values():
        yield _judged(sink, finding)
    left = {path: sha256 for path, sha256 in told.items() if path not in good}
    async for finding in verify(sink, left, [name for name in names if name not in good], within):
        await asyncio.to_thread(progress.add, finding)
        yield _judged(sink, finding)
    if not wish.manifests:
        async for finding in unlisted(sink, told, template):
            yield _judged(sink, finding)
    await asyncio.to_thread(progress.end)


async def _meant(
    sink: HostedSink, names: list[str], told: dict[str, str] | None, session: str | None, template: Template
) -> tuple[dict[str, str], str]:
    """What the sink should hold, by the ledger or else by its manifests; and below which folder nothing else should be."""
    if told is not None:
        if session is None:
            return told, ""
        return told, f"{template.root(min(told))}/" if told else f"{session}/"
    listed = await told_by_manifests(sink, names)
    return {path: sha256 for path, sha256 in listed.items() if session is None or session in path.split("/")}, ""


def _told(settings: Settings, sink: str, session: str | None) -> dict[str, str] | None:
    """What the sink should hold by the ledger; `None` where there is no ledger."""
    try:
        ledger = read_ledger(settings.ledger_place, SystemClock())
    except LedgerMissing:
        return None
    try:
        stations = ledger.stations_at(sink)
        windows = [window for window in ledger.windows(session) if stations is None or window.station in stations]
        frames = (frame for window in windows for frame in ledger.frames(window.id))
        return told_by_ledger(frames, sink)
    finally:
        ledger.close()


def _judged(sink: HostedSink, found: Finding) -> Judged:
    return Judged(sink=sink.name, path=found.path, verdict=found.verdict, bytes=found.bytes, says=found.says)
