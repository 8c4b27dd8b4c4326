"""The API's own description, asked of the API."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from nightside.service.http.application import unguarded
from nightside.service.http.description import Description, DescriptionFailed
from tests.daemon.service.http.conftest import Service


async def test_it_says_what_the_routes_say_to_all_who_ask_for_it(service: Service) -> None:
    async with service.client("192.0.2.7") as client:
        answers = await asyncio.gather(*(client.get("/api/openapi.json") for _ in range(2)))
    assert [(answer.status_code, answer.headers["content-type"]) for answer in answers] == [(200, "application/json")] * 2
    assert answers[0].json() == answers[1].json() == unguarded().openapi()


@pytest.mark.parametrize("fault", ["raise SystemExit(1)", "pass"], ids=["dies", "says nothing"])
async def test_a_process_that_fails_is_told_of_and_the_next_who_asks_has_another(tmp_path: Path, fault: str) -> None:
    code = f"""
import pathlib, sys
once = pathlib.Path(sys.argv[1])
if once.exists():
    print(1)
else:
    once.touch()
    {fault}
"""
    description = Description((sys.executable, "-c", code, str(tmp_path / "once")))
    with pytest.raises(DescriptionFailed):
        await description.text()
    assert json.loads(await description.text()) == 1


async def test_a_process_that_hangs_is_not_waited_for() -> None:
    with pytest.raises(DescriptionFailed):
        await Description((sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)"), 0.2).text()
