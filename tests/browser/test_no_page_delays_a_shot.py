"""However many look, and however badly they behave: every shot that was planned is taken, in order, at its own length."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from nightside_drivers.testing import TwinProcess
from tests.browser.conftest import OpenSight
from tests.browser.running import SHOOTING, Daemon

TRIES = 240
SHOTS = 12
TRAIL = SHOOTING | {"program": {"kind": "star-trail", "exposure_s": 1, "shots": SHOTS}}
"""Back to back, so that there is no pause in which a delay could be made up for unseen."""
RUDE = 12
"""Of each sort: clients that ask, and never read what they are answered."""


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess() as running:
        yield running


@pytest.fixture
def shooting(tmp_path: Path, twin: TwinProcess) -> Iterator[Daemon]:
    with Daemon(tmp_path, twin, TRAIL) as running:
        yield running


def asked_and_left(stack: ExitStack, port: int, request: str, *more: bytes) -> None:
    """Somebody who asks and never reads: nothing is taken from the network, and the link stays open."""
    rude = stack.enter_context(socket.socket())
    rude.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # as little as the system allows
    rude.connect(("127.0.0.1", port))
    rude.sendall(request.encode())
    for part in more:
        rude.sendall(part)


def closed(page: Page, windows: str) -> None:
    """Wait until the first window is."""
    for _ in range(TRIES):
        found = page.context.request.get(windows).json()["windows"]
        if any(one["id"] == 1 and one["phase"] == "closed" for one in found):
            return
        page.wait_for_timeout(500)
    pytest.fail("the window is never over")


def masked(text: str) -> bytes:
    """A websocket message as a browser sends it."""
    return bytes((0x81, 0x80 | len(text))) + bytes(4) + text.encode()


def test_pages_that_are_many_slow_or_dead_cost_no_shot(shooting: Daemon, twin: TwinProcess, open_sight: OpenSight) -> None:
    sights = [open_sight(screen) for screen in ("phone", "desk", "phone", "desk")]
    for sight, path in zip(sights, ("/", "/tonight", "/health", "/frames"), strict=True):
        sight.go(f"{shooting.url}{path}")
    socket_url = next(url for url in sights[0].requests if url.startswith("ws://"))
    query = urlsplit(socket_url).query
    host = f"Host: 127.0.0.1:{shooting.port}\r\n"
    upgrade = (
        f"GET /_nicegui_ws/socket.io/?{query} HTTP/1.1\r\n{host}Connection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with ExitStack() as rude:
        for _ in range(RUDE):
            asked_and_left(rude, shooting.port, upgrade, masked("40"))
            asked_and_left(rude, shooting.port, f"GET /plan HTTP/1.1\r\n{host}\r\n" * 3)
            asked_and_left(rude, shooting.port, f"GET /_nicegui/ HTTP/1.1\r\n{host}X-Slow: ")
        page = sights[0].page
        closed(page, f"{shooting.url}/api/v1/windows")
        report = sights[0].context.request.get(f"{shooting.url}/api/v1/windows/1").json()
        expect(page.get_by_role("region", name="Body")).to_contain_text(twin.serial)
    assert [shot["reason"] for shot in report["shots"] if shot["reason"]] == []
    assert (report["planned"], report["taken"], report["missed"]) == (SHOTS, SHOTS, 0)
    truth = twin.truth()[:SHOTS]
    assert all(one["closed"] <= after["opened"] for one, after in pairwise(truth))
    planned = [shot["index"] for shot in report["shots"] if shot["late_s"] is not None]
    assert planned == list(range(SHOTS))
