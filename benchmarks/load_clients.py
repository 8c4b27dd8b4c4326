"""`python -m benchmarks.load_clients PORT POLLERS FOLLOWERS`: clients of the API on loopback, until standard input is closed.

Then one line of JSON says what each of them got. Plain sockets: a client library would take as much of a processor as the daemon.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

BEAT_S = 1.25
"""Between two requests of one poller: all of them together stay below the pace (50 a second) that the API allows to one address."""
ANSWER_S = 30.0
PATHS = ("/api/v1/state", "/api/v1/windows", "/readyz", "/api/v1/windows/1", "/healthz")


@dataclass(slots=True)
class Seen:
    """What all clients got."""

    answers: list[int]
    worst_ms: list[float]
    events: list[int]
    took_ms: list[float] = field(default_factory=list[float])
    refused: int = 0


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> int:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def _poll(port: int, number: int, after_s: float, seen: Seen) -> None:
    await asyncio.sleep(after_s)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = time.monotonic()
    try:
        while True:
            path = PATHS[(number + seen.answers[number]) % len(PATHS)]
            began = time.monotonic()
            async with asyncio.timeout(ANSWER_S):
                status = await _ask(reader, writer, path)
            took_ms = 1000 * (time.monotonic() - began)
            seen.answers[number] += 1
            # A window that is not in the ledger yet and a body that is looked for are answers too.
            seen.refused += status not in {200, 404, 503}
            seen.took_ms.append(took_ms)
            seen.worst_ms[number] = max(seen.worst_ms[number], took_ms)
            due = max(due + BEAT_S, time.monotonic())  # who has fallen behind does not catch up: that would be another pace
            await asyncio.sleep(max(0.0, due - time.monotonic()))
    finally:
        writer.close()


async def _follow(port: int, number: int, seen: Seen) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while line := await reader.readline():
            seen.events[number] += line.startswith(b"data:")
    finally:
        writer.close()


async def _until_closed() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def run(port: int, pollers: int, followers: int) -> Seen:
    seen = Seen([0] * pollers, [0.0] * pollers, [0] * followers)
    tasks = [asyncio.create_task(_follow(port, number, seen)) for number in range(followers)]
    tasks += [asyncio.create_task(_poll(port, number, number * BEAT_S / pollers, seen)) for number in range(pollers)]
    await _until_closed()
    for task in tasks:
        if task.done() and task.exception() is not None:
            seen.refused += 1  # a client that was cut off
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen


def main() -> None:
    port, pollers, followers = map(int, sys.argv[1:])
    seen = asyncio.run(run(port, pollers, followers))
    took = sorted(seen.took_ms) or [0.0]
    told = {"answers": seen.answers, "worst_ms": seen.worst_ms, "events": seen.events, "refused": seen.refused}
    told |= {"median_ms": took[len(took) // 2], "p99_ms": took[min(len(took) - 1, int(0.99 * len(took)))]}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
