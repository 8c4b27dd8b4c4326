"""The door through which another process of this computer commands a running daemon: a socket, one line of JSON each way.

It is the smallest thing that works before there is an HTTP API: no file is left behind, and the kernel says who is knocking. Only
the daemon's own user, and root, are let in. A line is a command (`nightside.engine.commands`), or `{"kind": "look"}`.
"""

import asyncio
import hashlib
import json
import os
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import structlog
from pydantic import ValidationError

from nightside.engine.commands import COMMANDS
from nightside.engine.desk import Desk
from nightside.errors import NightsideError, NobodyThere

log = structlog.stdlib.get_logger()

LONGEST_LINE = 4096
ANSWER_S = 5.0
PEER = struct.Struct("3i")
"""struct ucred (unix(7)): process, user and group."""


def address(station: str) -> str:
    """The name of a station's door, in the abstract namespace (unix(7))."""
    return "\0nightside-" + hashlib.sha256(station.encode()).hexdigest()[:32]


@asynccontextmanager
async def door(station: str, desk: Desk) -> AsyncGenerator[None]:
    """Answer for as long as the block runs. Where the kernel has no such socket, nobody can knock, which is said."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                line = await reader.readline()
                reply = _answer(line, desk) if _welcome(writer) else {"refused": "This daemon is another user's."}
                writer.write(json.dumps(reply, default=str).encode() + b"\n")
                await writer.drain()
        except (TimeoutError, ValueError, ConnectionError):
            pass  # whoever knocked said nothing, or too much, or has gone
        finally:
            writer.close()

    try:
        server = await asyncio.start_unix_server(answer, address(station), limit=LONGEST_LINE)
    except OSError as error:
        log.warning("no-door", why=error.strerror, next="`nightside tell` cannot reach this daemon.")
        yield
        return
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


def knock(station: str, line: str) -> dict[str, Any]:
    """Say one line to a station's daemon, and give its answer. Blocks.

    Raises:
        NobodyThere: no daemon answers.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_S)
            connection.connect(address(station))
            connection.sendall(line.encode() + b"\n")
            with connection.makefile("r", encoding="utf-8") as file:
                return dict(json.loads(file.readline()))
    except (OSError, ValueError) as error:
        raise NobodyThere(
            "No running Nightside answers for this configuration.",
            remedy="Start it with `nightside run`, on this computer and with the same configuration.",
        ) from error


def in_hand(station: str, serial: str | None) -> bool | None:
    """Whether a station's daemon has a body open, or any, when none is named; `None` where it does not tell. Blocks."""
    try:
        bodies = knock(station, json.dumps({"kind": "look"})).get("bodies")
    except NobodyThere:
        return None
    if bodies is None:
        return None
    return any(one.get("in_hand") for one in bodies if serial is None or one.get("body") in {serial, ""})


def _welcome(writer: asyncio.StreamWriter) -> bool:
    connection: socket.socket = writer.get_extra_info("socket")
    _, user, _ = PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    return user in {0, os.getuid()}


def _answer(line: bytes, desk: Desk) -> dict[str, Any]:
    try:
        said = json.loads(line)
        if said == {"kind": "look"}:
            return {"bodies": [asdict(snapshot) for snapshot in desk.snapshots]}
        return {"answers": [asdict(answer) for answer in desk.give(COMMANDS.validate_python(said))]}
    except NightsideError as error:
        return {"refused": str(error)}
    except ValidationError as error:
        return {"refused": f"That is no command: {error.errors()[0]['msg']}."}
    except ValueError:
        return {"refused": "That is no line of JSON."}
