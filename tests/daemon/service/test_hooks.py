"""Hooks: told of what they listen to, never waited for, and their failures said once."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from nightside.engine.notices import Notice
from nightside.service.hooks import EVENTS, QUEUE, Hook, Hooks

AT = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)
KEEP = "import os,sys; open(sys.argv[1],'a').write(os.environ['NIGHTSIDE_EVENT']+' '+sys.stdin.read())"


def notice(name: str = "window-done", **detail: Any) -> Notice:
    return Notice(name, AT, "12 of 12 planned shots are safe.", detail)


def python(code: str, *words: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *words)


async def told(hook: Hook, *notices: Notice) -> list[dict[str, Any]]:
    """Tell a hook, and give what was logged meanwhile."""
    hooks = Hooks([hook])
    with capture_logs() as logs:
        async with hooks.running():
            for one in notices:
                hooks.hear(one)
    return [dict(line) for line in logs]


async def test_a_command_gets_the_notice_on_its_standard_input(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    logs = await told(Hook(on=("window-done",), command=python(KEEP, str(kept))), notice(safe=12), notice("shot-missed"))
    assert logs == []
    name, _, text = (await asyncio.to_thread(kept.read_text)).partition(" ")
    assert name == "window-done"
    assert json.loads(text) == {
        "event": "window-done",
        "at": "2018-07-03T20:06:34+00:00",
        "says": "12 of 12 planned shots are safe.",
        "detail": {"safe": 12},
    }


@asynccontextmanager
async def server(status: int) -> AsyncGenerator[tuple[str, list[Any]]]:
    """A real web server that answers everything alike, and keeps what was posted."""
    posted: list[Any] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        posted.append(json.loads(await reader.readexactly(length)))
        writer.write(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/hook/secret?token=secret", posted


async def test_a_webhook_is_posted_the_notice_as_json() -> None:
    async with server(204) as (url, posted):
        assert await told(Hook(on=("frame-safe",), url=url), notice("frame-safe", frame_id=7)) == []
    assert [(one["event"], one["detail"]) for one in posted] == [("frame-safe", {"frame_id": 7})]


FAILING = {
    "a command that is not there": (Hook(on=("window-done",), command=("/no/such/program",)), "cannot be started"),
    "a command that fails": (Hook(on=("window-done",), command=python("raise SystemExit(3)")), "ended with 3"),
    "a command that hangs": (
        Hook(on=("window-done",), command=python("import time; time.sleep(600)"), timeout_s=0.05),
        "longer than 0.05 s",
    ),
    "a port that there is none of": (Hook(on=("window-done",), url="http://127.0.0.1:99999/"), "ExceptionGroup"),
    "a name that is none": (Hook(on=("window-done",), url="http://xn--/"), "IDNAError"),
    "a command that no system takes": (Hook(on=("window-done",), command=("a\0b",)), "null byte"),
    "a server that is not there": (Hook(on=("window-done",), url="http://127.0.0.1:9/"), "Connect"),
}


@pytest.mark.parametrize(("hook", "why"), FAILING.values(), ids=FAILING)
async def test_a_hook_that_fails_says_so_once(hook: Hook, why: str) -> None:
    logs = await told(hook, notice(), notice(), notice())
    assert [line["event"] for line in logs] == ["hook-failed"]
    assert why in logs[0]["why"]


async def test_what_an_address_holds_of_secrets_is_never_logged() -> None:
    async with server(500) as (url, _):
        (line,) = await told(Hook(on=("window-done",), url=url), notice())
    assert "secret" not in json.dumps(line, default=str)
    assert "500" in line["why"]


async def test_a_hook_that_is_behind_makes_nobody_wait_and_drops_what_does_not_fit(tmp_path: Path) -> None:
    hooks = Hooks([Hook(on=("shot-exposed",), command=python("pass"))])
    with capture_logs() as logs:
        for number in range(QUEUE + 10):
            hooks.hear(notice("shot-exposed", shot_index=number))
    assert [line["event"] for line in logs] == ["hook-overrun"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"on": ["window-done"]},
        {"on": ["window-done"], "command": ["x"], "url": "https://x"},
        {"on": ["window-dome"], "command": ["x"]},
        {"on": [], "command": ["x"]},
        {"on": ["window-done"], "url": "ftp://x"},
    ],
)
def test_a_hook_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Hook.model_validate(wrong)


def test_the_events_of_the_issue_can_be_listened_to() -> None:
    assert {"window-armed", "window-done", "call-a-person", "frame-safe"} <= set(EVENTS)


async def test_hooks_are_changed_while_they_are_told_and_what_was_given_is_told_to_the_end(tmp_path: Path) -> None:
    first, second, third = (
        Hook(on=("window-done",), command=python(KEEP, str(tmp_path / name))) for name in ("first", "second", "third")
    )
    hooks = Hooks([first, second])
    async with hooks.running():
        hooks.hear(notice(n=1))
        hooks.put([second, third])
        hooks.hear(notice(n=2))
    told = await asyncio.to_thread(lambda: {path.name: path.read_text().count('"event"') for path in tmp_path.iterdir()})
    assert (told["second"], told["third"]) == (2, 1)
    assert told["first"] == 1
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("hook ")]


async def test_a_command_is_not_told_what_the_unit_tells_the_daemons_own_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's script may rely on its asserts."""
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "compiled"))
    kept = tmp_path / "kept"
    code = "import sys; assert open(sys.argv[1], 'w').write('asserted')"
    logs = await told(Hook(on=("window-done",), command=python(code, str(kept))), notice())
    assert logs == []
    assert await asyncio.to_thread(kept.read_text) == "asserted"
