"""An application that is made when somebody asks it something."""

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from nightside.service.http.on_demand import OnDemand


class Maker:
    """Makes an application that says which one it is."""

    def __init__(self, faults: int = 0) -> None:
        self.tries = 0
        self._faults = faults

    async def __call__(self) -> ASGIApp:
        self.tries += 1
        which = self.tries
        await asyncio.to_thread(int)  # as long as libraries take
        if which <= self._faults:
            raise ImportError("no such library")

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await PlainTextResponse(str(which))(scope, receive, send)

        return answer


async def asked(app: ASGIApp, times: int = 1) -> list[str]:
    """What it answers to as many requests at once."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        return [answer.text for answer in await asyncio.gather(*(client.get("/") for _ in range(times)))]


async def test_nothing_is_made_before_somebody_asks() -> None:
    maker = Maker()
    app = OnDemand(maker)
    assert maker.tries == 0
    assert await asked(app) == ["1"]


async def test_those_who_ask_while_it_is_made_wait_for_the_one_that_is_made() -> None:
    app = OnDemand(Maker())
    assert await asked(app, 3) == ["1"] * 3
    assert await asked(app) == ["1"]


async def test_what_could_not_be_made_is_tried_again_by_the_next_who_asks() -> None:
    app = OnDemand(Maker(faults=1))
    with pytest.raises(ImportError):
        await asked(app)
    assert await asked(app) == ["2"]
