"""Routes that are loaded when somebody asks about what they answer."""

import asyncio
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from nightside.service.http import routes
from nightside.service.http.routes import SUBJECTS
from nightside.service.http.subjects import Subjects, beginning
from nightside.service.page.entrance import OPEN

EVERYTHING = {**SUBJECTS, **OPEN}
SUBJECT = """
from fastapi import APIRouter

router = APIRouter()

@router.get("/{name}/{{which}}")
async def asked(which: str) -> str:
    return which
"""


@pytest.mark.parametrize("module", EVERYTHING)
def test_every_route_of_a_subject_is_found_by_how_its_path_begins(module: str) -> None:
    found = [route for route in import_module(module).router.routes if isinstance(route, APIRoute)]
    assert {beginning(route.path) for route in found} == set(EVERYTHING[module])


def test_no_module_of_routes_is_forgotten() -> None:
    there = {f"{routes.__name__}.{module.name}" for module in pkgutil.iter_modules(routes.__path__)}
    assert there == {module for module in SUBJECTS if module.startswith(routes.__name__)}


def test_no_two_subjects_begin_alike() -> None:
    told = [one for beginnings in EVERYTHING.values() for one in beginnings]
    assert len(told) == len(set(told))


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of subjects that are loaded by nobody else."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("about_"):
            del sys.modules[name]


def write(folder: Path, name: str, text: str = SUBJECT) -> None:
    (folder / f"about_{name}.py").write_text(text.format(name=name))


def client(app: Subjects) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")


async def test_those_who_ask_at_once_are_all_answered_and_nothing_else_is_loaded(written: Path) -> None:
    for name in ("stars", "moon", "sun"):
        write(written, name)
    app = FastAPI()
    async with client(Subjects(app, {f"about_{name}": (f"/{name}",) for name in ("stars", "moon", "sun")})) as asking:
        wanted = [f"/{name}/{number}" for number in range(3) for name in ("stars", "moon")]
        answers = await asyncio.gather(*(asking.get(path) for path in wanted), asking.get("/nowhere"), asking.get("/"))
    assert [answer.json() for answer in answers[:6]] == ["0", "0", "1", "1", "2", "2"]
    assert [answer.status_code for answer in answers[6:]] == [404, 404]
    assert {name for name in sys.modules if name.startswith("about_")} == {"about_stars", "about_moon"}
    assert len([route for route in app.routes if isinstance(route, APIRoute)]) == 2


async def test_a_subject_that_cannot_be_loaded_is_tried_again_and_the_others_answer(written: Path) -> None:
    write(written, "stars", "raise ImportError('no such library')")
    write(written, "moon")
    async with client(Subjects(FastAPI(), {"about_stars": ("/stars",), "about_moon": ("/moon",)})) as asking:
        with pytest.raises(ImportError):
            await asking.get("/stars/1")
        assert (await asking.get("/moon/1")).json() == "1"
        write(written, "stars", "# mended\n" + SUBJECT)
        assert (await asking.get("/stars/1")).json() == "1"
