"""What the daemon's libraries are loaded without, and can still be had."""

import subprocess
import sys

from nightside.service.http.application import unguarded


def test_the_log_the_server_and_the_socket_are_loaded_without_what_they_only_offer_which_is_there_for_whoever_wants_it() -> (
    None
):
    code = """
import sys
from nightside.lean import load_lean
load_lean("structlog")
load_lean("uvicorn")
load_lean("socketio")
import structlog, uvicorn, socketio
aside = {"rich", "pygments", "greenlet", "watchfiles", "aiohttp", "requests"}
assert not aside & sys.modules.keys(), aside & sys.modules.keys()
import aiohttp, rich.console, greenlet
assert aiohttp.ClientSession and rich.console.Console and greenlet.getcurrent()
"""
    subprocess.run((sys.executable, "-c", code), check=True)


def test_fastapi_is_loaded_without_pydantic_s_first_version_and_describes_an_api_none_the_worse() -> None:
    code = """
import sys
from pydantic import BaseModel
from nightside.lean import load_lean
load_lean("fastapi")
from fastapi.openapi.models import OpenAPI
assert not OpenAPI.__pydantic_complete__
class Ours(BaseModel):
    instant: str
assert Ours.__pydantic_complete__
from nightside.service.http.application import unguarded
print(len(unguarded().openapi()["paths"]))
assert OpenAPI.__pydantic_complete__
assert not [name for name, module in sys.modules.items() if name.startswith("pydantic.v1") and module is not None]
"""
    said = subprocess.run((sys.executable, "-W", "error", "-c", code), check=True, capture_output=True, text=True).stdout
    assert int(said) == len(unguarded().openapi()["paths"])


def test_what_is_loaded_already_stays_as_it_is() -> None:
    code = """
import rich, structlog
from nightside.lean import load_lean
import sys
load_lean("structlog")
load_lean("uvicorn")
assert sys.modules["rich"] is rich and sys.modules["structlog"] is structlog
assert "watchfiles" not in sys.modules
"""
    subprocess.run((sys.executable, "-c", code), check=True)


def test_a_failure_on_a_terminal_is_told_with_its_traceback_without_rich() -> None:
    code = """
import io, sys
from nightside.lean import load_lean
load_lean("structlog")
from nightside import log
from nightside.clock import SystemClock
class Terminal(io.StringIO):
    def isatty(self): return True
into = Terminal()
log.configure(SystemClock(), stream=into)
import structlog
try:
    raise OSError("the disk is gone")
except OSError:
    structlog.get_logger().exception("failed", sink="attic")
assert "rich" not in sys.modules
assert "the disk is gone" in into.getvalue() and "attic" in into.getvalue() and "Traceback" in into.getvalue()
"""
    subprocess.run((sys.executable, "-c", code), check=True)
