"""Sinks that are read back by a running daemon: begun, watched, broken off, gone on with."""

import asyncio
import hashlib
import json
from typing import Any

import httpx

from nightside.clock import rest
from nightside.service.http.serving import Place, serving
from nightside.service.http.stream import VERIFICATION
from nightside.service.verifying import Phase, Wish
from nightside.storage.sinks.marker import NOTES
from nightside_drivers.api import CardFile, Fetched
from tests.daemon.service.http.conftest import Service, Stores

PATH = "/api/v1/verification"
SESSION = "20180703-star-trail"


def keep(stores: Stores, name: str, promised: bytes, found: bytes | None) -> None:
    """A copy that the sink should hold, and what it holds in its place."""
    window, path = stores.window, f"{SESSION}/{stores.window.name}/{name}"
    file = stores.folder / "frames" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if found is not None:
        file.write_bytes(found)
    stores.ledger.on_card(window.id, None, CardFile("/store_00010001/DCIM/100NCD3S", name), adopted=True)
    frame = stores.ledger.frames(window.id)[-1]
    stores.ledger.drained(frame.id, Fetched(len(promised), hashlib.sha256(promised).hexdigest()), path)
    stores.ledger.stored(frame.id, "frames", path)


async def over(service: Service, client: httpx.AsyncClient) -> dict[str, Any]:
    """Wait for the end of a run."""
    while (now := (await client.get(PATH)).json())["phase"] == "running":
        await rest(service.stores.clock, 0.02)
    return dict(now)


def counted(now: dict[str, Any]) -> dict[str, int]:
    (sink,) = now["sinks"]
    return {count["verdict"]: count["files"] for count in sink["counts"]}


async def test_what_is_not_as_it_was_stored_is_found_and_listed_a_page_at_a_time(service: Service) -> None:
    good, other = b"a frame" * 1000, b"b frame" * 1000
    await asyncio.to_thread(keep, service.stores, "DSC_1000.JPG", good, good)
    await asyncio.to_thread(keep, service.stores, "DSC_1001.JPG", good, other)
    await asyncio.to_thread(keep, service.stores, "DSC_1002.JPG", good, None)
    async with service.client() as client:
        assert (await client.get(PATH)).json()["phase"] == "idle"
        begun = await client.post(PATH, json={"session": SESSION})
        assert (begun.status_code, begun.json()["phase"]) == (202, "running")
        now = await over(service, client)
        first = (await client.get(f"{PATH}/files", params={"limit": 3})).json()
        rest_of_it = (await client.get(f"{PATH}/files", params={"after": first["next"]})).json()
    assert (now["phase"], now["trouble"], now["sinks"][0]["files"]) == ("done", None, 3)
    # Nobody has written manifests here, and a file that is bad is not in them either.
    assert counted(now) == {"good": 1, "differs": 1, "missing": 1, "unlisted": 3}
    listed = [(file["path"].rpartition("/")[2], file["verdict"]) for file in first["files"] + rest_of_it["files"]]
    assert listed[:2] == [("DSC_1001.JPG", "differs"), ("DSC_1002.JPG", "missing")]
    assert len(listed) == now["listed"] == 5
    assert rest_of_it["next"] is None


async def test_one_run_at_a_time_and_one_that_was_ended_is_gone_on_with(service: Service) -> None:
    content = b"frame" * 100
    await asyncio.to_thread(keep, service.stores, "DSC_1000.JPG", content, content)
    await asyncio.to_thread(keep, service.stores, "DSC_1001.JPG", content * 1000, content * 1000)
    async with service.client() as client:
        await client.post(PATH, json={"rate_mb_s": 0.02})
        while not (service.stores.folder / "spool" / NOTES / "frames.verified").exists():
            await rest(service.stores.clock, 0.02)
        busy = await client.post(PATH, json={})
        assert (busy.status_code, busy.json()["code"]) == (409, "verify-busy")
        ended = (await client.delete(PATH)).json()
        assert ended["phase"] == "cancelled"
        assert (await client.post(PATH, json={"resume": True})).status_code == 202
        now = await over(service, client)
    assert (now["phase"], counted(now)["good"]) == ("done", 2)


async def test_a_sink_that_there_is_not_is_refused_and_one_that_is_gone_is_a_trouble(service: Service) -> None:
    async with service.client() as client:
        refused = await client.post(PATH, json={"sink": "cloud"})
        assert "There are: frames." in refused.json()["remedy"]
        await asyncio.to_thread((service.stores.folder / "frames").write_text, "no folder")
        await client.post(PATH, json={})
        now = await over(service, client)
    assert (now["phase"], bool(now["trouble"]["what"]), bool(now["trouble"]["remedy"])) == ("failed", True, True)


async def test_whoever_follows_the_daemon_hears_how_far_it_comes(service: Service) -> None:
    content = b"a frame" * 1000
    await asyncio.to_thread(keep, service.stores, "DSC_1000.JPG", content, content)
    heard = [Phase.IDLE]
    async with (
        serving(service.guard, Place(port=0)) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        client.stream("GET", "/api/v1/events") as stream,
    ):
        name = ""
        async for line in stream.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data" and name == "state":
                service.verifying.start(Wish())
            elif field == "data" and name == "verification":
                heard.append(VERIFICATION.validate_python(json.loads(value)).phase)
                if heard[-1] is not Phase.RUNNING:
                    break
    assert (heard[1], heard[-1]) == (Phase.RUNNING, Phase.DONE)
