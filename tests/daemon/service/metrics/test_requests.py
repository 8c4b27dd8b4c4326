"""Requests are counted by the route that answered, over the real application."""

import httpx
from prometheus_client.parser import text_string_to_metric_families as parse

from nightside.clock import VirtualClock
from nightside.service.http.access import Role
from nightside.service.metrics.lag import Lag
from nightside.service.metrics.requests import Counting, Requests
from tests.daemon.service.http.conftest import Service, service, stores

__all__ = ["service", "stores"]


async def test_what_a_client_writes_never_becomes_a_label(service: Service) -> None:
    requests = Requests()
    counted = Counting(service.guard, requests)
    transport = httpx.ASGITransport(counted, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for path in ("/api/v1/windows/1", "/api/v1/windows/2", "/api/v1/windows/999999", "/no/such/page", "/a" * 500):
            await client.get(path)
        await client.get("/healthz", headers={"host": "evil.example"})
    window = "/api/v1/windows/{window_id}"
    assert requests.count.totals == {(window, "200"): 2, (window, "404"): 1, ("none", "404"): 2, ("none", "421"): 1}


async def test_whoever_may_watch_may_scrape_and_nobody_else(service: Service) -> None:
    token = service.stores.tokens[Role.WATCH]
    async with service.client("192.168.1.9", "cupola") as client:
        assert (await client.get("/metrics")).status_code == 401
        answer = await client.get("/metrics", headers={"authorization": f"Bearer {token}"})
    assert answer.headers["content-type"].startswith("text/plain")
    assert "nightside_build_info" in {family.name for family in parse(answer.text)}


def test_how_late_the_loop_wakes_up_is_measured(clock: VirtualClock) -> None:
    lag = Lag(clock)

    async def measure() -> None:
        async with lag.measured():
            await clock.sleep_until(clock.monotonic() + 3.5)

    clock.run(measure())
    (share,) = lag.latency.shares.values()
    assert (share.below[0], sum(share.below), share.total) == (3, 3, 0)
