"""A network that ends: however slowly a server answers, everything that a request does on its sockets ends by one deadline.

httpx limits each read, not their sum: a server that sends a byte of its headers every few seconds would be waited for without end.
Looking up a name is left to the system, which has limits of its own.
"""

import ssl
import typing
from collections.abc import Iterable, Iterator

import httpcore
import httpx

from nightside.clock import Clock


class Deadline:
    """An instant by which all must be done."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds
        self.seconds = seconds

    @property
    def over(self) -> bool:
        """Whether it has passed."""
        return self._clock.monotonic() >= self._end

    def left(self, most: float | None) -> float:
        """The time that a step may take (s). Raises `httpcore.ReadTimeout` where there is none."""
        rest = self._end - self._clock.monotonic()
        if rest <= 0.0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return rest if most is None else min(rest, most)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> typing.Any:
        return self._stream.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline) -> None:
        self._network = httpcore.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._network.connect_tcp(host, port, self._deadline.left(timeout), local_address, socket_options)
        return _Stream(stream, self._deadline)


class _Body(httpx.SyncByteStream):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


class BoundedTransport(httpx.BaseTransport):
    """What `httpx.HTTPTransport` does, on a network that ends. Its errors are httpcore's."""

    def __init__(self, deadline: Deadline) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=httpx.create_ssl_context(), network_backend=_Network(deadline))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, on the wire."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        asked = httpcore.Request(request.method, url, headers=request.headers.raw, extensions=request.extensions)
        answer = self._pool.handle_request(asked)
        body = typing.cast("Iterable[bytes]", answer.stream)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(body), extensions={"http_version": b"HTTP/1.1"}
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()
