"""What every request must pass before it is read."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from nightside.service.http.guard import STRICT
from tests.daemon.service.http.conftest import Service


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "cupola", "CUPOLA"])
async def test_the_daemon_answers_to_its_names(service: Service, host: str) -> None:
    async with service.client(host=host) as client:
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[", "127.0.0.1.nip.example"])
async def test_a_name_that_is_not_ours_is_not_answered_to(service: Service, host: str) -> None:
    async with service.client() as client:
        answer = await client.get("/api/v1/state", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "host-unknown")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:9999", "http://localhost.evil.example:8321"]
)
async def test_a_page_of_another_site_commands_nothing(service: Service, origin: str) -> None:
    async with service.client(Origin=origin) as client:
        answer = await client.post("/api/v1/commands", json={"kind": "abort"})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin-refused")
    assert service.controls.ending is None


async def test_our_own_page_may_command(service: Service) -> None:
    async with service.client(Origin="http://localhost:8321") as client:
        assert (await client.post("/api/v1/commands", json={"kind": "pause"})).status_code == 200


async def test_a_request_that_says_it_is_too_large_is_not_read(service: Service) -> None:
    async with service.client() as client:
        answer = await client.post("/api/v1/plan/preview", content=b"x" * 10_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


async def test_a_request_that_grows_too_large_is_cut_off(service: Service) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 1000

    async with service.client() as client:
        answer = await client.post("/api/v1/plan/preview", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


async def test_a_request_that_never_ends_is_cut_off(service: Service) -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with service.client() as client:
        answer = await client.post("/api/v1/plan/preview", content=stalled())
    assert (answer.status_code, answer.json()["code"]) == (408, "too-slow")


async def test_a_client_that_asks_without_end_is_told_to_wait_and_others_are_not(service: Service) -> None:
    async with service.client("192.0.2.1") as greedy, service.client() as other:
        answers = [await greedy.get("/healthz") for _ in range(101)]
        assert (await other.get("/healthz")).status_code == 200
    assert [answer.status_code for answer in answers] == [200] * 100 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/nowhere", 404), ("/api/v1/windows/0", 422)])
async def test_every_answer_tells_browsers_to_be_strict(service: Service, path: str, status: int) -> None:
    async with service.client() as client:
        answer = await client.get(path)
    assert answer.status_code == status
    assert STRICT.items() <= {name.lower(): value for name, value in answer.headers.items()}.items()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"kind": "launch"}', b'{"kind": "skip", "releases": 1e999}', b"\xff\xfe", b'"' + b"a" * 9000 + b'"'],
)
async def test_a_malformed_command_is_refused_in_words_and_changes_nothing(service: Service, body: bytes) -> None:
    before = service.desk.snapshots
    async with service.client() as client:
        answer = await client.post("/api/v1/commands", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request-refused")
    assert "Traceback" not in answer.text
    assert service.desk.snapshots == before


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("verification", {"rate_mb_s": True}),
        ("verification", {"rate_mb_s": "10"}),
        ("verification", {"manifests": 1}),
        ("verification", {"resume": "yes"}),
        ("armed", {"configured": "true"}),
        ("armed", {"configured": 1}),
        ("armed", {"recipe": "star-trail", "windows": True}),
        ("armed", {"recipe": "star-trail", "windows": "2"}),
        ("armed", {"recipe": "star-trail", "nearest": 0}),
    ],
)
async def test_what_is_of_another_kind_than_asked_for_is_refused_and_not_guessed(
    service: Service, path: str, wish: dict[str, object]
) -> None:
    async with service.client() as client:
        answer = await (client.post if path == "verification" else client.put)(f"/api/v1/{path}", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (422, "request-refused")


async def test_what_was_sent_is_not_repeated_to_whoever_reads_the_answer(service: Service) -> None:
    async with service.client() as client:
        answer: httpx.Response = await client.post("/api/v1/login", json={"token": {"secret": "hunter2"}})
    assert answer.status_code == 422
    assert "hunter2" not in answer.text
