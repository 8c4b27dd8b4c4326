"""What is shot at the next windows, looked at and chosen over HTTP."""

import asyncio
from typing import Any

import httpx

from nightside.ledger.store import Ledger
from nightside.service.http.access import Role
from tests.daemon.service.http.conftest import SERIAL, Service

TRAIL = {"kind": "star-trail", "exposure_s": 15, "shots": 4, "name": "short"}


async def armed(client: httpx.AsyncClient) -> dict[str, Any]:
    (one,) = (await client.get("/api/v1/armed")).json()
    return dict(one)


async def test_the_configured_programs_are_armed_until_somebody_says_otherwise(service: Service) -> None:
    async with service.client() as client:
        found = await armed(client)
    assert (found["body"], found["kind"], found["left"], found["since"]) == (SERIAL, "configured", None, None)
    assert [program["kind"] for program in found["programs"]] == ["star-trail"]


async def test_a_program_that_is_given_is_armed_in_their_place(service: Service) -> None:
    async with service.client() as client:
        (answer,) = (await client.put("/api/v1/armed", json={"program": TRAIL, "windows": 2})).json()
        found = await armed(client)
    assert answer == found
    assert (found["kind"], found["left"], found["programs"][0]["name"]) == ("program", 2, "short")
    assert found["since"] is not None


async def test_a_recipe_is_armed_by_its_name_and_the_configuration_again(service: Service) -> None:
    async with service.client() as client:
        (lightning,) = (await client.put("/api/v1/armed", json={"recipe": "lightning"})).json()
        (again,) = (await client.put("/api/v1/armed", json={"configured": True})).json()
        unknown = await client.put("/api/v1/armed", json={"recipe": "../../etc/passwd"})
    assert (lightning["kind"], again["kind"]) == ("program", "configured")
    assert (unknown.status_code, unknown.headers["content-type"]) == (422, "application/problem+json")


async def test_nothing_is_armed_after_disarming(service: Service) -> None:
    async with service.client() as client:
        (answer,) = (await client.delete("/api/v1/armed")).json()
        plan = await client.get("/api/v1/plan")
    assert (answer["kind"], answer["programs"]) == ("nothing", [])
    assert plan.status_code == 200  # of the model, without a ledger to ask


async def test_a_program_that_cannot_be_shot_is_refused_with_the_nearest_that_can_and_nothing_changes(service: Service) -> None:
    wish = {"program": {"kind": "star-trail", "exposure_s": 31, "shots": 4}}
    async with service.client() as client:
        refused = await client.put("/api/v1/armed", json=wish)
        before = await armed(client)
        (taken,) = (await client.put("/api/v1/armed", json=wish | {"nearest": True})).json()
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "plan-impossible")
    assert problem["offered"]["exposure_s"] == 30
    assert before["kind"] == "configured"
    assert taken["programs"] == [problem["offered"]]


async def test_a_body_that_is_not_here_cannot_be_armed(service: Service) -> None:
    async with service.client() as client:
        answers = [
            await client.put("/api/v1/armed", json={"configured": True, "body": "999"}),
            await client.delete("/api/v1/armed?body=999"),
        ]
        found = await armed(client)
    assert [answer.json()["code"] for answer in answers] == ["command-refused"] * 2
    assert found["since"] is None


async def test_a_wish_is_one_thing_and_makes_sense(service: Service) -> None:
    wishes: list[Any] = [{}, {"configured": True, "recipe": "lightning"}, {"configured": True, "windows": 2}]
    wishes += [{"program": TRAIL, "windows": 0}, {"program": {"kind": "nonsense"}}, {"recipe": "x" * 1000}, [], "nothing"]
    async with service.client() as client:
        answers = [await client.put("/api/v1/armed", json=wish) for wish in wishes]
        found = await armed(client)
    assert {answer.status_code for answer in answers} == {422}
    assert found["since"] is None


async def test_who_may_only_watch_may_look_and_not_arm(service: Service) -> None:
    token = service.stores.tokens[Role.WATCH]
    async with service.client("192.168.1.5", "cupola", Authorization=f"Bearer {token}") as client:
        looked = await client.get("/api/v1/armed")
        answers = [await client.put("/api/v1/armed", json={"configured": True}), await client.delete("/api/v1/armed")]
    assert looked.status_code == 200
    assert {answer.status_code for answer in answers} == {403}


async def test_a_daemon_without_a_file_says_that_there_is_nothing_to_read_again(service: Service) -> None:
    async with service.client() as client:
        answer = await client.post("/api/v1/reload")
    assert answer.json()["code"] == "command-refused"


async def test_what_a_plan_would_be_beside_is_told_with_its_shots_in_that_time(service: Service) -> None:
    plan = service.stores.window.plan
    half = plan.shots[len(plan.shots) // 2].open_at
    async with service.client() as client:
        asked = {"start": plan.span.start.isoformat(), "end": half.isoformat()}
        found = (await client.get("/api/v1/armed/overlaps", params=asked)).json()
        later = {"start": plan.span.end.isoformat(), "end": "2018-07-04T20:00:00Z"}
        assert (await client.get("/api/v1/armed/overlaps", params=later)).json() == []
        assert (await client.get("/api/v1/armed/overlaps")).status_code == 422
    assert len(found) == 3  # sessions of the same window
    assert {one["window"] for one in found} == {service.stores.window.name}
    assert {one["shots"] for one in found} == {len(plan.shots) // 2}
    assert found[0]["phase"] == "planned"


async def test_arming_that_is_sent_again_with_its_key_is_not_counted_anew(service: Service) -> None:
    body, key = {"program": TRAIL, "windows": 2}, {"Idempotency-Key": "arm-1"}
    async with service.client() as client:
        first = (await client.put("/api/v1/armed", json=body, headers=key)).json()
        again = (await client.put("/api/v1/armed", json=body, headers=key)).json()
        reused = await client.put("/api/v1/armed", json={"configured": True}, headers=key)
        refused = {"program": {**TRAIL, "exposure_s": 600}}
        for _ in range(2):
            answer = await client.put("/api/v1/armed", json=refused, headers={"Idempotency-Key": "arm-2"})
            assert answer.json()["code"] == "plan-impossible"
    assert first == again  # the very choice, and not another of the same words
    assert (reused.status_code, reused.json()["code"]) == (409, "key-reused")
    events = [event for event in await service.library.ask(Ledger.events) if event.kind == "armed"]
    assert len(events) == 1


async def test_the_same_arming_that_comes_twice_at_once_is_one(service: Service) -> None:
    body, key = {"program": TRAIL, "windows": 2}, {"Idempotency-Key": "arm-3"}
    async with service.client() as client:
        answers = await asyncio.gather(*(client.put("/api/v1/armed", json=body, headers=key) for _ in range(5)))
    assert len({answer.text for answer in answers}) == 1
    assert len([event for event in await service.library.ask(Ledger.events) if event.kind == "armed"]) == 1
