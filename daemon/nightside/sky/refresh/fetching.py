"""One polite HTTP request, bounded in time and size. The only importer of httpx in `nightside.sky`."""

from dataclasses import dataclass
from typing import Protocol

import httpx

from nightside.clock import Clock

MAX_BYTES = 64 * 1024 * 1024
CONNECT_S = 10.0
READ_S = 20.0
WHOLE_S = 120.0
"""However steadily a server drips, it gets no longer than this."""
REDIRECTS = 3
OK = 200
NOT_MODIFIED = 304


class FetchFailed(Exception):
    """There was no usable answer. `reached` tells whether a server answered at all."""

    def __init__(self, reason: str, *, reached: bool) -> None:
        super().__init__(reason)
        self.reached = reached


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `body` is None where nothing has changed."""

    body: bytes | None
    etag: str
    last_modified: str


class Fetch(Protocol):
    """Ask a URL for its content, unless it still has the given ETag or date. Raises `FetchFailed`."""

    def __call__(self, url: str, etag: str, last_modified: str, clock: Clock) -> Answer:
        """Ask once."""
        ...


def fetch(url: str, etag: str, last_modified: str, clock: Clock) -> Answer:
    """The `Fetch` that uses the network. It may block for two minutes: call it from a thread."""
    headers = {"User-Agent": "nightside", "Accept-Encoding": "identity"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    limits = httpx.Timeout(READ_S, connect=CONNECT_S)
    try:
        with (
            httpx.Client(timeout=limits, follow_redirects=True, max_redirects=REDIRECTS) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            return _answer(response, clock)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise FetchFailed(f"no connection: {error}", reached=False) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchFailed(f"{type(error).__name__}: {error}", reached=True) from None


def _answer(response: httpx.Response, clock: Clock) -> Answer:
    if response.status_code == NOT_MODIFIED:
        return Answer(None, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
    if response.status_code != OK:
        raise FetchFailed(f"the server answered {response.status_code} {response.reason_phrase}".strip(), reached=True)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchFailed("the server packed its answer though it was asked not to", reached=True)
    give_up = clock.monotonic() + WHOLE_S
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > MAX_BYTES:
            raise FetchFailed(f"the answer is larger than {MAX_BYTES // 2**20} MiB", reached=True)
        if clock.monotonic() > give_up:
            raise FetchFailed(f"the answer took longer than {WHOLE_S:.0f} s", reached=True)
    return Answer(bytes(body), response.headers.get("ETag", "")[:200], response.headers.get("Last-Modified", "")[:100])
