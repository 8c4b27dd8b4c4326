"""Who is let in, to what."""

import json
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.service.door import DOOR
from nightside.service.http.access import SESSION_S, Access, Role, TokensRefused
from tests.daemon.service.http.conftest import START, Service

AWAY = "192.0.2.7"


async def test_on_this_machine_nobody_needs_a_token(service: Service) -> None:
    async with service.client() as client:
        assert (await client.get("/api/v1/state")).status_code == 200
        assert (await client.post("/api/v1/commands", json={"kind": "pause"})).status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/v1/state", "/api/v1/windows", "/api/v1/plan", "/api/v1/events", "/readyz", "/api/v1/agenda"]
)
async def test_from_elsewhere_nothing_is_told_without_a_token(service: Service, path: str) -> None:
    async with service.client(AWAY) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_that_may_watch_may_not_operate(service: Service) -> None:
    token = service.stores.tokens[Role.WATCH]
    async with service.client(AWAY, Authorization=f"Bearer {token}") as client:
        assert (await client.get("/api/v1/state")).status_code == 200
        refused = await client.post("/api/v1/commands", json={"kind": "abort"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert service.controls.ending is None


async def test_a_wrong_token_is_refused_even_where_none_would_be_needed(service: Service) -> None:
    async with service.client(Authorization="Bearer guessed") as client:
        assert (await client.get("/api/v1/state")).status_code == 401


RELAYED = [
    {"X-Forwarded-For": "192.0.2.7"},
    {"Forwarded": "for=192.0.2.7;proto=https"},
    {"X-Real-IP": "192.0.2.7"},
    {"Via": "1.1 proxy"},
    {"X-Forwarded-For": "127.0.0.1"},
]


@pytest.mark.parametrize("headers", RELAYED, ids=["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "says it is local"])
async def test_a_proxy_on_this_machine_is_not_whoever_it_speaks_for(service: Service, headers: dict[str, str]) -> None:
    async with service.client(**headers) as client:
        assert (await client.get("/api/v1/state")).status_code == 401
        assert (await client.post("/api/v1/commands", json={"kind": "pause"})).status_code == 401
    token = service.stores.tokens[Role.OPERATE]
    async with service.client(Authorization=f"Bearer {token}", **headers) as client:
        assert (await client.post("/api/v1/commands", json={"kind": "pause"})).status_code == 200


async def test_where_a_token_is_asked_of_the_loopback_too_only_the_door_needs_none(service: Service) -> None:
    service.stores.access.trusts_loopback = False
    async with service.client() as client:
        assert (await client.get("/api/v1/state")).status_code == 401
    async with service.client(DOOR) as client:
        assert (await client.get("/api/v1/state")).status_code == 200


async def test_a_session_commands_only_with_the_word_that_its_own_page_knows(service: Service) -> None:
    token = service.stores.tokens[Role.OPERATE]
    async with service.client(AWAY) as client:
        told = (await client.post("/api/v1/login", json={"token": token})).json()
        assert (await client.get("/api/v1/state")).status_code == 200
        forged = await client.post("/api/v1/commands", json={"kind": "pause"})
        assert (forged.status_code, service.controls.paused) == (403, False)
        meant = await client.post("/api/v1/commands", json={"kind": "pause"}, headers={"X-CSRF-Token": told["csrf"]})
        assert (meant.status_code, service.controls.paused) == (200, True)
        await client.post("/api/v1/logout")
        assert (await client.get("/api/v1/state")).status_code == 401


async def test_a_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(service: Service) -> None:
    token = service.stores.tokens[Role.WATCH]
    async with service.client(AWAY) as client:
        cookie = (await client.post("/api/v1/login", json={"token": token})).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_tokens_are_kept_as_hashes_and_outlive_the_daemon(tmp_path: Path) -> None:
    clock = VirtualClock(START)
    token = Access(tmp_path / "tokens.json", clock).issue("phone", Role.OPERATE)
    assert token not in (tmp_path / "tokens.json").read_text()
    assert (tmp_path / "tokens.json").stat().st_mode & 0o777 == 0o600
    again = Access(tmp_path / "tokens.json", clock)
    assert again.role_of(token) is Role.OPERATE
    assert again.role_of(token[:-1]) is None


def test_a_revoked_token_and_its_sessions_are_over(tmp_path: Path) -> None:
    access = Access(tmp_path / "tokens.json", VirtualClock(START))
    token = access.issue("phone", Role.OPERATE)
    session_id, _ = access.log_in(token)
    assert access.revoke("phone")
    assert not access.revoke("phone")
    assert access.role_of(token) is None
    assert access.session(session_id) is None


def test_what_another_process_changed_is_heeded(tmp_path: Path) -> None:
    clock = VirtualClock(START)
    running, other = Access(tmp_path / "tokens.json", clock), Access(tmp_path / "tokens.json", clock)
    token = other.issue("phone", Role.OPERATE)
    running.refresh()
    session_id, _ = running.log_in(token)
    other.revoke("phone")
    running.refresh()
    assert running.role_of(token) is None
    assert running.session(session_id) is None


def test_a_session_ends_by_itself(tmp_path: Path) -> None:
    clock = VirtualClock(START)
    access = Access(tmp_path / "tokens.json", clock)
    session_id, _ = access.log_in(access.issue("phone", Role.WATCH))
    clock.advance(SESSION_S - 1)
    assert access.session(session_id) is not None
    clock.advance(2)
    assert access.session(session_id) is None


@pytest.mark.parametrize(
    "damage", ["{", "[1]", '[{"name": "a"}]', json.dumps([{"name": "a", "role": "god", "sha256": "", "made_at": ""}])]
)
def test_a_damaged_file_of_tokens_lets_nobody_in_and_says_so(tmp_path: Path, damage: str) -> None:
    (tmp_path / "tokens.json").write_text(damage)
    with pytest.raises(TokensRefused, match="cannot be read"):
        Access(tmp_path / "tokens.json", VirtualClock(START))
