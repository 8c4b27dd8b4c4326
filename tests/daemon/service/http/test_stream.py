"""Server-sent events, over a real socket."""

import json

import httpx
import pytest

from nightside.errors import PortTaken
from nightside.service.http.serving import Place, serving
from tests.daemon.service.http.conftest import SERIAL, Service


async def test_a_subscriber_hears_the_present_state_first_and_then_each_change(service: Service) -> None:
    async with (
        serving(service.guard, Place(port=0)) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        client.stream("GET", "/api/v1/events") as stream,
    ):
        lines = stream.aiter_lines()
        states: list[dict[str, object]] = []
        async for line in lines:
            if line.startswith("data: "):
                states.append(json.loads(line.removeprefix("data: ")))
                service.controls.board.publish(shot=len(states))
            if len(states) == 4:
                break
    assert [state["shot"] for state in states] == [None, 1, 2, 3]
    assert {state["body"] for state in states} == {SERIAL}


async def test_the_log_is_heard_by_whoever_asks_for_it(service: Service) -> None:
    async with (
        serving(service.guard, Place(port=0)) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        client.stream("GET", "/api/v1/events", params={"log": True}) as stream,
    ):
        told: list[str] = []
        async for line in stream.aiter_lines():
            if line.startswith(("event: ", "data: ")):
                told.append(line)
            if len(told) == 1:
                service.tail.write({"event": "shot-exposed", "shot": 3})
            if len(told) == 4:
                break
    assert told[::2] == ["event: state", "event: log"]
    assert json.loads(told[3].removeprefix("data: ")) == {"event": "shot-exposed", "shot": 3}


async def test_when_a_subscriber_has_gone_nobody_listens_any_more(service: Service) -> None:
    address = "http://127.0.0.1:{}/api/v1/events?log=true"
    async with (
        serving(service.guard, Place(port=0)) as port,
        httpx.AsyncClient() as client,
        client.stream("GET", address.format(port)) as stream,
    ):
        async for _ in stream.aiter_lines():
            assert len(service.tail._listeners) == 1
            break
    assert not service.tail._listeners


async def test_a_port_that_is_taken_is_said_with_a_remedy(service: Service) -> None:
    async with serving(service.guard, Place(port=0)) as port:
        with pytest.raises(PortTaken, match=str(port)) as refused:
            async with serving(service.guard, Place(port=port)):
                pass
    assert "[api]" in refused.value.remedy
