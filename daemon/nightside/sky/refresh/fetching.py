"""One polite HTTP request, bounded in time and size. With `deadline`, the only importer of httpx in `nightside.sky`."""

from dataclasses import dataclass
from typing import Protocol

import httpcore
import httpx

from nightside.clock import Clock
from nightside.sky.refresh.deadline import BoundedTransport, Deadline

MAX_BYTES = 64 * 1024 * 1024
CONNECT_S = 10.0
READ_S = 20.0
WHOLE_S = 120.0
"""However steadily a server drips, it gets no longer than this, from the connection to the last byte."""
LONGEST_MARK = 200
"""Of an ETag or a date: what is longer, or holds more than printable ASCII, is not sent back."""
REDIRECTS = 3
OK = 200
WIRE_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)
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
    if _mark(etag):
        headers["If-None-Match"] = etag
    if _mark(last_modified):
        headers["If-Modified-Since"] = last_modified
    deadline = Deadline(clock, WHOLE_S)
    limits = httpx.Timeout(READ_S, connect=CONNECT_S)
    try:
        with (
            httpx.Client(
                transport=BoundedTransport(deadline), timeout=limits, follow_redirects=True, max_redirects=REDIRECTS
            ) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            return _answer(response, deadline)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise FetchFailed(f"no connection: {error}", reached=False) from None
    except (*WIRE_ERRORS, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        slow = f"the answer took longer than {deadline.seconds:g} s"
        raise FetchFailed(slow if deadline.over else f"{type(error).__name__}: {error}", reached=True) from None


def _mark(header: str) -> str:
    """A validator as it came, if it can be sent back; '' otherwise."""
    return header if len(header) <= LONGEST_MARK and header.isascii() and header.isprintable() else ""


def _answer(response: httpx.Response, deadline: Deadline) -> Answer:
    etag, last_modified = (_mark(response.headers.get(name, "")) for name in ("ETag", "Last-Modified"))
    if response.status_code == NOT_MODIFIED:
        return Answer(None, etag, last_modified)
    if response.status_code != OK:
        raise FetchFailed(f"the server answered {response.status_code} {response.reason_phrase}".strip(), reached=True)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchFailed("the server packed its answer though it was asked not to", reached=True)
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > MAX_BYTES:
            raise FetchFailed(f"the answer is larger than {MAX_BYTES // 2**20} MiB", reached=True)
        deadline.left(None)
    return Answer(bytes(body), etag, last_modified)
