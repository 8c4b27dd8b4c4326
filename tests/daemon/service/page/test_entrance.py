"""Who is let in to the pages, before NiceGUI is reached at all: seen from outside, with an application that says who came."""

import asyncio
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from nightside.clock import SystemClock
from nightside.service.http.access import Access, Role
from nightside.service.http.application import build
from nightside.service.http.doors import COOKIE
from nightside.service.offered import Offered
from nightside.service.page import held
from nightside.service.page.entrance import OPEN, Entrance
from nightside.service.page.places import PATHS, PLACES
from nightside.service.page.visitor import Rooms

AWAY = "192.0.2.7"


class House:
    """An entrance with somebody behind it who lets every socket in, and the guard in front."""

    def __init__(self, folder: Path, offered: Offered) -> None:
        clock = SystemClock()
        self.access = Access(folder / "tokens.json", clock)
        self.came: list[Message] = []
        entrance = Entrance(self._inside, Rooms(offered, self.access, "life"))
        self.app = build(offered, self.access, clock, more=OPEN, otherwise=entrance)

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await PlainTextResponse("inside")(scope, receive, send)
            return
        self.came += [await receive(), await receive()]

    def client(self, address: str, **cookies: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 50000))
        return httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=cookies)

    async def knock(self, address: str, headers: Mapping[str, str], says: Iterable[Message] = ()) -> list[Message]:
        """Open a websocket; gives what it is answered."""
        incoming, answers = chain([{"type": "websocket.connect"}], says), list[Message]()

        async def receive() -> Message:
            return next(incoming)

        async def send(message: Message) -> None:
            answers.append(message)

        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope: dict[str, Any] = {"type": "websocket", "path": "/_nicegui_ws/socket.io/", "raw_path": b"", "root_path": ""}
        scope |= {"headers": raw, "client": (address, 50000), "query_string": b"", "scheme": "ws", "subprotocols": []}
        await self.app(scope, receive, send)
        return answers


@pytest.fixture
def house(tmp_path: Path) -> House:
    nothing: Any = None
    return House(tmp_path, nothing)


@pytest.mark.parametrize("path", sorted(PATHS))
async def test_whoever_is_on_this_machine_sees_every_page(house: House, path: str) -> None:
    async with house.client("127.0.0.1") as client:
        answer = await client.get(path)
    assert answer.text == "inside"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "http" not in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", sorted(PATHS))
async def test_whoever_comes_from_elsewhere_is_shown_where_to_log_in_and_comes_back_to_where_they_wanted(
    house: House, path: str
) -> None:
    async with house.client(AWAY) as client:
        answer = await client.get(path, params={"window": "3"})
        assert answer.status_code == 303
        page = await client.get(answer.headers["location"])
    assert f'data-to="{path}?window=3"' in page.text


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/", "/login", '/"><script>', "javascript:alert(1)"])
async def test_the_login_page_leads_nowhere_but_to_our_pages(house: House, to: str) -> None:
    async with house.client(AWAY) as client:
        page = await client.get("/login", params={"to": to})
    assert 'data-to="/"' in page.text
    assert "'unsafe" not in page.headers["content-security-policy"]


async def test_a_session_opens_the_pages_until_it_is_revoked(house: House) -> None:
    token = await asyncio.to_thread(house.access.issue, "phone", Role.WATCH)
    session, _ = house.access.log_in(token)
    async with house.client(AWAY, **{COOKIE: session}) as client:
        assert (await client.get("/")).text == "inside"
        await asyncio.to_thread(house.access.revoke, "phone")
        assert (await client.get("/")).status_code == 303


async def test_a_stranger_gets_neither_files_nor_scripts_of_nicegui(house: House) -> None:
    async with house.client(AWAY) as client:
        answer = await client.get("/_nicegui/3.18.0/static/nicegui.js")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_the_style_and_the_login_page_are_for_everybody(house: House) -> None:
    async with house.client(AWAY) as client:
        style = await client.get(held.address("page.css"))
        stale = await client.get("/look/000000000000/page.css")
        elsewhere = await client.get(f"/look/{held.stamp()}/..%2flook.py")
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    assert {stale.status_code, elsewhere.status_code} == {404}


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/v1/nowhere", "/tonight/", "/_nicegui_ws/socket.io/", "/_nicegui", "/markdown"]
)
async def test_there_is_nothing_but_the_pages_and_what_they_are_made_of(house: House, path: str) -> None:
    async with house.client("127.0.0.1") as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "http-404")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_pages_are_only_looked_at(house: House, method: str) -> None:
    async with house.client("127.0.0.1") as client:
        assert (await client.request(method, "/")).status_code == 405


OURS = {"host": "localhost:8321", "origin": "http://localhost:8321"}


async def test_a_socket_of_our_own_page_is_let_in(house: House) -> None:
    await house.knock("127.0.0.1", OURS, [{"type": "websocket.receive", "text": "2"}])
    assert [message["type"] for message in house.came] == ["websocket.connect", "websocket.receive"]


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (AWAY, OURS),
        ("127.0.0.1", OURS | {"origin": "https://evil.example"}),
        ("127.0.0.1", OURS | {"origin": "null"}),
        ("127.0.0.1", {"host": "evil.example", "origin": "http://evil.example"}),
    ],
    ids=["a stranger", "another site's page", "a page from nowhere", "another name"],
)
async def test_a_socket_of_anybody_else_is_refused(house: House, address: str, headers: Mapping[str, str]) -> None:
    assert await house.knock(address, headers) == [{"type": "websocket.close", "code": 1008}]
    assert not house.came


async def test_a_socket_ends_when_its_session_does(house: House) -> None:
    token = await asyncio.to_thread(house.access.issue, "phone", Role.OPERATE)
    session, _ = house.access.log_in(token)

    def ended() -> Iterable[Message]:
        house.access.log_out(session)
        yield {"type": "websocket.receive", "text": "42"}

    await house.knock(AWAY, OURS | {"cookie": f"{COOKIE}={session}"}, ended())
    assert [message["type"] for message in house.came] == ["websocket.connect", "websocket.disconnect"]


def test_every_page_has_an_address_a_name_an_icon_and_a_module_of_its_own() -> None:
    for words in zip(*((place.path, place.name, place.symbol, place.module) for place in PLACES), strict=True):
        assert len(set(words)) == len(PLACES) == 6


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/api/v1/state", 405), ("GET", "/api/v1/state/", 307), ("GET", "/api/v1/nowhere", 404)],
)
async def test_the_api_answers_with_pages_as_it_does_without(house: House, method: str, path: str, status: int) -> None:
    access, nothing = house.access, cast("Offered", None)
    alone = httpx.ASGITransport(build(nothing, access, SystemClock()), client=("127.0.0.1", 50000))
    async with house.client("127.0.0.1") as client, httpx.AsyncClient(transport=alone, base_url="http://localhost") as other:
        for _ in range(2):  # before and after what it needs has been loaded
            with_pages, without = await client.request(method, path), await other.request(method, path)
            assert (with_pages.status_code, with_pages.content) == (without.status_code, without.content)
            assert with_pages.status_code == status
