"""What the API answers to whoever may ask."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nightside.clock import rest
from nightside.ledger.states import WindowPhase
from nightside.plan.programs import StarTrail
from nightside.service.foreseen import Ahead, Foreseen
from tests.daemon.service.http.conftest import SERIAL, Service

KEYS = ["kind", "exposure_s", "every_s", "shots", "total_s", "parts", "programs", "program", "start", "end", "fallback", "iso"]


async def test_the_state_is_every_engines_snapshot(service: Service) -> None:
    async with service.client() as client:
        answer = await client.get("/api/v1/state")
    (state,) = answer.json()
    assert (state["body"], state["shutter"], state["session_phase"]) == (SERIAL, "closed", "finding")


async def test_windows_come_latest_first_and_a_page_at_a_time(service: Service) -> None:
    async with service.client() as client:
        first = (await client.get("/api/v1/windows", params={"limit": 2})).json()
        second = (await client.get("/api/v1/windows", params={"limit": 2, "before": first["next"]})).json()
    assert [window["session"] for window in first["windows"] + second["windows"]] == ["c", "b", "20180703-star-trail"]
    assert second["next"] is None
    (last,) = second["windows"]
    assert (last["shots"], last["phase"], last["body"]) == (len(service.stores.window.plan.shots), WindowPhase.PLANNED, SERIAL)


async def test_a_window_is_reported_shot_by_shot(service: Service) -> None:
    async with service.client() as client:
        report = (await client.get(f"/api/v1/windows/{service.stores.window.id}")).json()
    assert report["planned"] == len(report["shots"]) == len(service.stores.window.plan.shots)
    assert report["extra"] == 3


async def test_frames_come_a_page_at_a_time_with_how_far_each_has_come(service: Service) -> None:
    async with service.client() as client:
        first = (await client.get(f"/api/v1/windows/{service.stores.window.id}/frames?limit=2")).json()
        rest = (await client.get(f"/api/v1/windows/{service.stores.window.id}/frames?limit=2&after={first['next']}")).json()
    assert [frame["state"] for frame in first["frames"]] == ["drained", "on-card"]
    assert [frame["file"]["name"] for frame in rest["frames"]] == ["DSC_0002.JPG"]
    assert rest["next"] is None


async def test_what_is_not_there_is_said_as_a_problem_with_a_remedy(service: Service) -> None:
    async with service.client() as client:
        answer = await client.get("/api/v1/windows/99")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["status"]) == ("unknown", 404)
    assert "nightside frames" in problem["remedy"]


async def test_a_program_is_tried_without_changing_anything(service: Service) -> None:
    program = StarTrail(exposure_s=10, shots=7).model_dump(mode="json", exclude_none=True)
    async with service.client() as client:
        tried = await client.post("/api/v1/plan/preview", json=program)
        configured = await client.get("/api/v1/plan")
    assert len(tried.json()["shots"]) == 7
    assert len(configured.json()["shots"]) == len(service.stores.window.plan.shots)


async def test_a_program_that_the_body_cannot_do_is_refused_with_the_planners_own_words(service: Service) -> None:
    async with service.client() as client:
        answer = await client.post("/api/v1/plan/preview", json={"kind": "star-trail", "exposure_s": 600})
    assert (answer.status_code, answer.json()["code"]) == (422, "plan-impossible")
    assert "30 s" in answer.json()["remedy"]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), inner, max_size=6),
    max_leaves=12,
)


@given(given=JSON)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_sent_for_a_program_is_planned_or_refused(service: Service, given: object) -> None:
    service.guard._buckets.clear()
    async with service.client() as client:
        answer = await client.post(
            "/api/v1/plan/preview", content=json.dumps(given), headers={"content-type": "application/json"}
        )
    assert answer.status_code in {200, 422}


@pytest.mark.parametrize("after", ["3.0972", "1e9", "2025-05-22", "2025-05-22T18:30:00", "9999-12-31T23:59:59Z", "tonight", ""])
async def test_an_instant_that_is_none_is_refused(service: Service, after: str) -> None:
    async with service.client() as client:
        answer = await client.get("/api/v1/plan", params={"after": after})
    assert (answer.status_code, answer.json()["code"]) == (422, "request-refused")


async def test_the_agenda_says_when_each_thing_comes_next_and_what_was_wrong_the_last_time(service: Service) -> None:
    while not service.library.agenda.findings:
        await rest(service.stores.clock, 0.01)
    async with service.client() as client:
        (entry,) = (await client.get("/api/v1/agenda")).json()
    assert (entry["name"], entry["finding"]) == ("room", "The disk is full.")
    assert entry["next_at"] > entry["last_at"]


async def test_the_agenda_has_each_program_with_when_it_comes_and_how_it_went(service: Service) -> None:
    agenda, ledger, window = service.library.agenda, service.stores.ledger, service.stores.window
    comes = service.stores.clock.utc() + timedelta(hours=3)
    usual = Ahead("star-trail", window.plan.program, (comes,), "none within 366 days")
    agenda.foresee(Foreseen(((comes, "star-trail"),), (usual, Ahead("friday", "friday", (), "none within 366 days"))))
    for phase in (WindowPhase.SETTLING, WindowPhase.DRAINING, WindowPhase.CLOSED):
        await asyncio.to_thread(ledger.enter, window.id, phase)
    async with service.client() as client:
        found = (await client.get("/api/v1/agenda")).json()
    by_kind = {kind: [one for one in found if one["kind"] == kind] for kind in ("window", "program")}
    assert [one["program"] for one in by_kind["window"]] == ["star-trail"]
    shot, never = by_kind["program"]
    assert (shot["name"], datetime.fromisoformat(shot["next_at"])) == ("star-trail", comes)
    assert datetime.fromisoformat(shot["last_at"]) == window.plan.span.start
    assert shot["result"] == shot["finding"] == f"missed, 0 of {len(window.plan.shots)} safe"
    assert (never["name"], never["next_at"], never["no_next"], never["last_at"]) == (
        "friday",
        None,
        "none within 366 days",
        None,
    )


async def test_recipes_say_where_their_numbers_come_from(service: Service) -> None:
    async with service.client() as client:
        recipes = (await client.get("/api/v1/recipes")).json()
    assert {"iss-star-trail", "milky-way"} <= {recipe["name"] for recipe in recipes}
    assert all(recipe["source"] for recipe in recipes)


async def test_a_command_reaches_the_engine_and_is_answered_in_words(service: Service) -> None:
    async with service.client() as client:
        answer = await client.post("/api/v1/commands", json={"kind": "pause"})
    assert answer.json() == [{"body": SERIAL, "says": "No further exposure is begun."}]
    assert service.controls.paused


async def test_a_command_for_a_body_that_is_not_here_is_refused(service: Service) -> None:
    async with service.client() as client:
        answer = await client.post("/api/v1/commands", json={"kind": "pause", "body": "9999999"})
    assert (answer.status_code, answer.json()["code"]) == (422, "command-refused")
    assert not service.controls.paused


async def test_a_command_that_is_sent_again_with_its_key_is_carried_out_once(service: Service) -> None:
    async with service.client(**{"Idempotency-Key": "night-1"}) as client:
        first = await client.post("/api/v1/commands", json={"kind": "skip"})
        again = await client.post("/api/v1/commands", json={"kind": "skip"})
        other = await client.post("/api/v1/commands", json={"kind": "pause"})
    assert first.json() == again.json()
    assert [service.controls.skip(), service.controls.skip()] == [True, False]
    assert (other.status_code, other.json()["code"]) == (409, "key-reused")


async def test_a_daemon_that_has_found_no_body_lives_and_is_not_ready(service: Service) -> None:
    async with service.client() as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
    assert alive.json() == {"alive": True}
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "waits_for": [f"Body {SERIAL} is looked for."]})


@pytest.mark.parametrize("range_", ["", "?start=2018-07-03T19:00:00Z&end=2018-07-10T19:00:00Z", "?condition=moon_up"])
async def test_nights_ahead_are_told(service: Service, range_: str) -> None:
    async with service.client() as client:
        answer = await client.get(f"/api/v1/nights{range_}")
    assert answer.status_code == 200
    assert answer.json()["windows"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("nights?start=2018-07-03T19:00:00Z&end=2018-09-03T19:00:00Z", "range-refused"),
        ("nights?start=2018-07-03T19:00:00Z&end=2018-07-03T19:00:00Z", "range-refused"),
        ("nights?condition=moon_upp", "condition-refused"),
        ("passes", "condition-refused"),
        ("passes?latitude_deg=91", "request-refused"),
    ],
)
async def test_a_range_that_cannot_be_answered_is_refused_with_a_remedy(service: Service, asked: str, code: str) -> None:
    async with service.client() as client:
        answer = await client.get(f"/api/v1/{asked}")
    assert answer.status_code in {409, 422}
    assert answer.json()["code"] == code
    assert answer.json()["remedy"]


async def test_several_programs_are_tried_as_they_would_share_a_window(service: Service) -> None:
    trail = {"kind": "star-trail", "total_s": 300}
    burst = {"kind": "burst", "exposure_s": 1, "frames": 9, "bursts": 1, "start": "window.start+2m", "priority": 3}
    async with service.client() as client:
        tried = await client.post("/api/v1/plan/preview/several", json={"programs": [trail, burst]})
        refused = await client.post("/api/v1/plan/preview/several", json={"programs": []})
    assert tried.status_code == 200, tried.text
    assert tried.json()["program"] == "star-trail+burst"
    assert {shot["exposure"]["shutter_s"] for shot in tried.json()["shots"]} == {30.0, 1.0}
    assert refused.status_code == 422
