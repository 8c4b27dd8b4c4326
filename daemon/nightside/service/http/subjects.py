"""`Subjects`: routes that are loaded when somebody asks about what they answer.

What FastAPI and Pydantic make of the models of all routes together is a tenth of a daemon's memory. Most daemons are asked the same
two or three questions again and again, and load what those need.
"""

import asyncio
from collections.abc import Mapping
from importlib import import_module

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

API = "/api/v1/"


class Subjects:
    """ASGI: passes everything on to an application that has been given the routes of its subject before."""

    def __init__(self, app: FastAPI, subjects: Mapping[str, tuple[str, ...]]) -> None:
        """`subjects` are modules with a `router`, each with what its paths begin with, and no other's do."""
        self._app = app
        self._where = {beginning: module for module, beginnings in subjects.items() for beginning in beginnings}
        self._turns = {module: asyncio.Lock() for module in subjects}
        self._there = set[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it answer. Those who ask about one subject while it is loaded wait for it; others do not."""
        module = self._where.get(beginning(scope["path"]))
        if module is not None and module not in self._there:
            async with self._turns[module]:
                if module not in self._there:
                    await asyncio.to_thread(import_module, module)  # reads many files
                    take(self._app, module)
                    self._there.add(module)
        await self._app(scope, receive, send)


def take(app: FastAPI, module: str) -> None:
    """Give an application the routes of a subject as they are: FastAPI's way to include a router makes all of them twice."""
    app.router.routes.extend(import_module(module).router.routes)


def beginning(path: str) -> str:
    """What decides about which subject a path is: its first word, or the first that follows the API's prefix."""
    start = API if path.startswith(API) else "/"
    return start + path.removeprefix(start).partition("/")[0]
