"""The API's own description, for whoever writes a client, and that of programs, for whoever makes a form.

They are made by a process of its own, from every model of every route: the daemon would keep thirty megabytes of that for good, and
has no docstrings, which the unit has its Python leave aside (decision 0028).
"""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nightside.errors import Retry
from nightside.service.http.problems import ALWAYS
from nightside_drivers.signalling import tell
from nightside_drivers.surroundings import of_others

MADE_S = 60.0
"""Machine seconds that it may take: a small computer takes ten."""
MAKER = (sys.executable, "-m", "nightside.service.http.description")
PROGRAMS_MAKER = (*MAKER, "programs")

router = APIRouter(include_in_schema=False, responses=ALWAYS)


class DescriptionFailed(Retry):
    """The process that describes the API, or programs, died or took too long."""

    code = "description-failed"
    exit_code = 103


class Description:
    """Of one thing. Made when it is first asked for, and kept as it is sent."""

    def __init__(self, maker: Sequence[str] = MAKER, made_s: float = MADE_S) -> None:
        """`maker` is a command that writes it, in so many machine seconds at the most. Nobody has asked yet."""
        self._maker, self._made_s = maker, made_s
        self._turn = asyncio.Lock()
        self._made = b""

    async def text(self) -> bytes:
        """As JSON.

        Raises:
            DescriptionFailed: it could not be made.
        """
        async with self._turn:
            self._made = self._made or await self._make()
            return self._made

    async def _make(self) -> bytes:
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *self._maker, stdin=nothing, stdout=pipe, stderr=nothing, env=of_others()
        )
        try:
            async with asyncio.timeout(self._made_s):
                said, _ = await process.communicate()
        except TimeoutError:
            said = b""
        finally:
            tell(process, signal.SIGKILL)
            await process.wait()
        if process.returncode != 0 or not said:
            raise DescriptionFailed(
                "The description could not be made: its process died, or took too long.",
                means="Nothing else needs it.",
                remedy="Ask again; docs/reference/openapi.json and config/program.schema.json are the same.",
            )
        return said


@router.get("/api/openapi.json")
async def openapi(request: Request) -> Response:
    """As OpenAPI says it."""
    description: Description = request.app.state.description
    return Response(await description.text(), media_type="application/json")


def main() -> None:
    """Write the description of the API, or with the word `programs` that of programs, to standard output."""
    if sys.argv[1:] == ["programs"]:
        from nightside.plan import listing

        sys.stdout.write(listing.schema())
        return
    from nightside.service.http.application import unguarded

    json.dump(unguarded().openapi(), sys.stdout, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
