"""Findings over HTTP."""

from nightside.service.http.access import Role
from tests.daemon.service.http.conftest import Service


async def test_whoever_may_watch_may_ask_what_could_spoil_the_night(service: Service) -> None:
    token = service.stores.tokens[Role.WATCH]
    async with service.client("192.168.1.9", "cupola", authorization=f"Bearer {token}") as client:
        told = (await client.get("/api/v1/findings")).json()
    assert told["worst"] == "doubt"
    assert [finding["name"] for finding in told["findings"]] == ["room"]
    assert told["findings"][0]["what"] == "The disk is full."


async def test_nobody_else_may(service: Service) -> None:
    async with service.client("192.168.1.9", "cupola") as client:
        assert (await client.get("/api/v1/findings")).status_code == 401
