"""`Download`: a file as an answer, whole or in parts; what stands against it is said as every other problem is."""

import asyncio
import os
import stat
from http import HTTPStatus

from fastapi import HTTPException
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from nightside.service.library import Unknown

WHY = {
    HTTPStatus.BAD_REQUEST: "The header `Range` makes no sense: it is written as in bytes=0-1023.",
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "The file has no such part: `Content-Range` says how long it is.",
}


class Download(FileResponse):
    """One file's. Its place comes from the ledger or a cache, which may have let it go since."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it.

        Raises:
            Unknown: it has gone.
            HTTPException: the part that is asked for makes no sense, or is not in it.
        """
        try:
            found = await asyncio.to_thread(os.stat, self.path)
        except OSError:
            found = None
        if found is None or not stat.S_ISREG(found.st_mode):
            raise Unknown("This file has just been removed.", remedy="It may lie in a sink: `nightside frames` says where.")
        self.stat_result = found
        self.set_stat_headers(found)

        async def plainly(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in WHY:
                status, headers = HTTPStatus(message["status"]), Headers(raw=message["headers"])
                kept = {name: headers[name] for name in ("content-range",) if name in headers}
                raise HTTPException(status, WHY[status], kept)
            await send(message)

        await super().__call__(scope, receive, plainly)
