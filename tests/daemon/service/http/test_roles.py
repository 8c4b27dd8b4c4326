"""Every route under every role: who is let in where is a table, and a route that is not in it does not pass."""

import httpx
import pytest

from nightside.service.http.access import Role
from nightside.service.http.application import unguarded
from tests.daemon.service.http.conftest import Service

AWAY = "192.0.2.7"
OPEN = {("GET", "/healthz"), ("POST", "/api/v1/login"), ("POST", "/api/v1/logout")}
"""To whoever may connect."""
OPERATE = {
    ("POST", "/api/v1/commands"),
    ("PUT", "/api/v1/armed"),
    ("DELETE", "/api/v1/armed"),
    ("PUT", "/api/v1/gallery/frames/{frame_id}/rating"),
    ("POST", "/api/v1/import"),
    ("POST", "/api/v1/reload"),
    ("POST", "/api/v1/verification"),
    ("DELETE", "/api/v1/verification"),
    ("GET", "/api/v1/bodies/{serial}/view"),
    ("GET", "/api/v1/bodies/{serial}/stream"),
}
"""To whoever may command, or move something. All others are for whoever may watch."""
ENDLESS = {("GET", "/api/v1/events")}

ROUTES = sorted((method.upper(), path) for path, methods in unguarded().openapi()["paths"].items() for method in methods)


async def asked(service: Service, method: str, path: str, role: Role | None) -> httpx.Response:
    headers = {} if role is None else {"Authorization": f"Bearer {service.stores.tokens[role]}"}
    async with service.client(AWAY, **headers) as client:
        filled = path.replace("{window_id}", "1").replace("{frame_id}", "1").replace("{serial}", "9999999")
        return await client.request(method, filled.replace("{", "").replace("}", ""), json={} if method != "GET" else None)


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_nobody_is_let_in_where_a_token_is_needed(service: Service, method: str, path: str) -> None:
    answer = await asked(service, method, path, None)
    assert (answer.status_code == 401) == ((method, path) not in OPEN)


@pytest.mark.parametrize("role", [*Role])
@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route not in ENDLESS])
async def test_a_role_opens_what_the_table_says(service: Service, method: str, path: str, role: Role) -> None:
    refused = role is Role.WATCH and (method, path) in OPERATE
    before = service.desk.snapshots
    answer = await asked(service, method, path, role)
    assert (answer.status_code == 403) == refused
    assert answer.status_code != 401 or (method, path) in OPEN
    assert answer.status_code != 500
    assert service.desk.snapshots == before


def test_the_table_speaks_of_routes_that_there_are() -> None:
    assert set(ROUTES) >= OPEN | OPERATE | ENDLESS
