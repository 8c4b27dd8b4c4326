"""Looking through a body over HTTP: on the twin's own model, for one at a time, never in the night, and always ended."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from nightside.clock import rest
from nightside.service.http.access import Role
from nightside.service.http.serving import Place, serving
from tests.daemon.focus.test_viewfinder import ARMED, Desk
from tests.daemon.service.http.conftest import SERIAL, Service

VIEW, STREAM = f"/api/v1/bodies/{SERIAL}/view", f"/api/v1/bodies/{SERIAL}/stream"


@pytest.fixture
async def desk(service: Service) -> Desk:
    """A twin whose viewfinder is the daemon's only one."""
    desk = Desk()
    state = cast("Any", service.guard._app)._app.state
    state.offered = replace(state.offered, viewfinders=(desk.viewfinder,))
    return desk


@pytest.fixture
async def port(service: Service, desk: Desk) -> AsyncIterator[int]:
    del desk
    async with serving(service.guard, Place(port=0)) as port:
        yield port


async def test_one_picture_comes_and_the_mirror_is_down_again(service: Service, desk: Desk) -> None:
    async with service.client() as client:
        answer = await client.get(VIEW)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content.startswith(b"\xff\xd8")
    assert not desk.looking


@pytest.mark.parametrize("path", [VIEW, STREAM])
async def test_a_body_that_belongs_to_the_night_is_refused_in_words(service: Service, desk: Desk, path: str) -> None:
    desk.reserved = ARMED
    async with service.client() as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "live-view-refused")
    assert "2018-07-03 20:42:22 UTC" in answer.json()["remedy"]
    assert not desk.looking


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", [VIEW, STREAM])
async def test_a_page_of_another_site_does_not_move_the_mirror_by_showing_a_picture(
    service: Service, desk: Desk, path: str, site: str
) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    async with service.client(**headers) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert desk.asked == 0


@pytest.mark.parametrize("path", [VIEW, STREAM])
async def test_whoever_may_only_watch_does_not_move_the_mirror(service: Service, desk: Desk, path: str) -> None:
    token = service.stores.tokens[Role.WATCH]
    async with service.client("192.0.2.7", Authorization=f"Bearer {token}") as client:
        assert (await client.get(path)).status_code == 403
    assert desk.asked == 0


async def test_a_body_that_is_not_here_is_said_not_to_be(service: Service, desk: Desk) -> None:
    del desk
    async with service.client() as client:
        answer = await client.get("/api/v1/bodies/9999999/view")
    assert (answer.status_code, answer.json()["remedy"]) == (404, f"Here: {SERIAL}.")


@pytest.mark.parametrize("query", ["percent=-1", "percent=5000", "x=1.5", "y=nan", "percent=some"])
async def test_a_look_at_nowhere_is_refused(service: Service, desk: Desk, query: str) -> None:
    async with service.client() as client:
        assert (await client.get(f"{VIEW}?{query}")).status_code == 422
    assert desk.asked == 0


async def test_a_film_is_for_one_and_ends_with_whoever_looks(desk: Desk, port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        async with client.stream("GET", STREAM) as film:
            assert film.headers["content-type"].startswith("multipart/x-mixed-replace")
            pieces = film.aiter_bytes()
            seen = b""
            while seen.count(b"Content-Type: image/jpeg") < 3:
                seen += await anext(pieces)
            assert desk.looking
            taken = await client.get(STREAM)
            assert (taken.status_code, taken.json()["code"]) == (409, "live-view-taken")
        while desk.looking:
            await rest(desk.model.clock, 0.01)
        assert (await client.get(VIEW)).status_code == 200


async def test_a_film_ends_when_the_body_is_needed(desk: Desk, port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client, client.stream("GET", STREAM) as film:
        pieces = film.aiter_bytes()
        await anext(pieces)
        desk.reserved = ARMED
        async for _ in pieces:
            pass
    assert not desk.looking


async def test_whoever_takes_no_picture_is_not_waited_for(desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightside.service.http.film.TAKEN_S", 0.1)
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    writer.write(f"GET {STREAM} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    while not desk.looking:
        await rest(desk.model.clock, 0.01)
    while desk.looking:
        await rest(desk.model.clock, 0.01)
    writer.close()
