"""Asking over HTTP: what a real server says, and what one says that means harm."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nightside.clock import SystemClock, VirtualClock
from nightside.sky.refresh.fetching import Answer, FetchFailed, fetch
from tests.daemon.sky.reference import utc
from tests.orbit import ISS_FILE

SET = ISS_FILE.read_bytes()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(utc("2018-07-04"))


class Handler(BaseHTTPRequestHandler):
    """Paths say what to do."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/set")
            self.end_headers()
        elif self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
        elif self.path == "/odd":
            self._odd()
        elif self.path == "/drip":
            self._drip()
        elif self.headers["If-None-Match"] == '"mark"':
            self.send_response(304)
            self.end_headers()
        elif self.path == "/forbidden":
            self.send_error(403)
        else:
            self._answer(SET * 200 if self.path == "/huge" else SET, "gzip" if self.path == "/packed" else "identity")

    def _odd(self) -> None:
        """A mark that cannot be sent back."""
        self.send_response(304 if self.headers["If-None-Match"] else 200)
        self.send_header("ETag", '"\xe9"')
        self.send_header("Last-Modified", "x" * 300)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        """Headers without end, a few bytes at a time."""
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        with contextlib.suppress(OSError):
            for i in range(2000):
                self.wfile.write(b"X-%d: a\r\n" % i)
                self.wfile.flush()
                threading.Event().wait(0.01)

    def _answer(self, body: bytes, encoding: str) -> None:
        self.send_response(200)
        self.send_header("ETag", '"mark"')
        self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(body) + (10 if self.path == "/cut" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — as it is called above
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_real_server_is_asked_over_http(server: str, clock: VirtualClock) -> None:
    assert fetch(f"{server}/set", "", "", clock) == Answer(SET, '"mark"', "")
    assert fetch(f"{server}/moved", "", "", clock).body == SET
    assert fetch(f"{server}/set", '"mark"', "", clock).body is None


@pytest.mark.parametrize("mark", ["", '"\xe9"', '"ok"', '"\n"'])
def test_a_mark_that_cannot_be_sent_back_is_left_out(server: str, clock: VirtualClock, mark: str) -> None:
    answer = fetch(f"{server}/odd", mark, mark, clock)

    assert answer == Answer(None if mark == '"ok"' else b"", "", "")


def test_headers_without_end_are_given_up(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightside.sky.refresh.fetching.WHOLE_S", 0.2)

    with pytest.raises(FetchFailed, match=r"the answer took longer than 0\.2 s") as failure:
        fetch(f"{server}/drip", "", "", SystemClock())

    assert failure.value.reached


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("forbidden", "403"),
        ("round", "redirect"),
        ("packed", "packed its answer"),
        ("huge", "larger than"),
        ("cut", "Protocol"),
    ],
)
def test_an_answer_that_is_none_is_said_to_be(
    server: str, clock: VirtualClock, path: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightside.sky.refresh.fetching.MAX_BYTES", 5000)

    with pytest.raises(FetchFailed, match=f"(?i){says}") as failure:
        fetch(f"{server}/{path}", "", "", clock)

    assert failure.value.reached


def test_nobody_there_is_not_the_same_as_a_refusal(clock: VirtualClock) -> None:
    with pytest.raises(FetchFailed) as failure:
        fetch("http://127.0.0.1:9/", "", "", clock)

    assert not failure.value.reached
