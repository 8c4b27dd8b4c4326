"""`Daemon`: a running daemon as commands see it, through its HTTP API and by the same models. The only client of it in the house.

On this computer it is found by the configuration, at its door; on others by `--url` or `NIGHTSIDE_URL`, with the token in
`NIGHTSIDE_TOKEN`: what stands on a command line, everybody on that computer can read.
"""

import json
import os
import re
import socket
import ssl
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, cast

import httpx
from pydantic import TypeAdapter, ValidationError

from nightside.cli.output import aside
from nightside.engine.snapshot import Snapshot
from nightside.errors import CallPerson, NightsideError, NobodyThere, PlanImpossible
from nightside.plan.programs import AnyProgram, Program
from nightside.service.door import address
from nightside_drivers.clock import pause

T = TypeVar("T")

TOKEN = "NIGHTSIDE_TOKEN"  # noqa: S105 — the name of a variable
CONNECT_S = 5.0
ANSWER_S = 60.0
"""Machine time. A year of windows takes a while to search on a small computer."""
SILENCE_S = 40.0
"""Machine time after which a stream of events is taken for dead: its daemon says something every 15 s."""
PATIENCE = 5
"""How often a daemon that has been asked too often is asked again, after a second each."""
LARGEST = 64 << 20
"""Bytes of an answer."""
REMEDY = (
    "Start it with `nightside run`, on this computer and with the same configuration; from another one, name it with --url."
)

TRUST = "Name its authority's certificate in SSL_CERT_FILE. Without TLS, its address begins with http://."


class DaemonUnclear(CallPerson):
    """What answered is no Nightside, or one of another version."""

    code = "daemon-unclear"
    exit_code = 102


class Daemon:
    """Asks and tells one daemon. Blocks."""

    def __init__(self, client: httpx.Client, where: str, station: str | None = None) -> None:
        """`where` is for sentences; `station` is whose door it is, where it is one."""
        self._client = client
        self.where = where
        self._station = station

    @classmethod
    def at_door(cls, station: str) -> Self:
        """The daemon of this computer that a configuration names (`Settings.door`). Nobody is asked yet."""
        transport = httpx.HTTPTransport(uds=address(station))
        timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        return cls(
            httpx.Client(transport=transport, base_url="http://localhost", timeout=timeout), "for this configuration", station
        )

    @classmethod
    def at_url(cls, url: str) -> Self:
        """A daemon on the network. A certificate is checked against the system's authorities, or those in `SSL_CERT_FILE`.

        Raises:
            Unauthorized: what the environment has for a token is none.
        """
        headers = {"Authorization": f"Bearer {_token()}"} if os.environ.get(TOKEN) else {}
        context = ssl.create_default_context() if url.startswith("https:") else False
        timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        return cls(httpx.Client(base_url=url, headers=headers, timeout=timeout, verify=context, trust_env=False), f"at {url}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, path: str, kind: TypeAdapter[T], **params: object) -> T:
        """What the daemon answers to a question.

        Raises:
            NobodyThere: no daemon answers.
            NightsideError: what the daemon itself said instead.
        """
        return self._read(kind, "GET", path, params=_given(params))

    def tell(self, path: str, kind: TypeAdapter[T], body: object, **params: object) -> T:
        """What the daemon answers to a command, or to a question with a body. Raises as `ask` does."""
        return self._read(kind, "POST", path, params=_given(params), json=body)

    def change(
        self, method: Literal["PUT", "DELETE"], path: str, kind: TypeAdapter[T], sent: object = None, **params: object
    ) -> T:
        """What the daemon answers when something of it is set, or taken back. Raises as `ask` does."""
        more: dict[str, Any] = {} if sent is None else {"json": sent}
        return self._read(kind, method, path, params=_given(params), **more)

    def events(self, *, log: bool = False) -> Iterator[tuple[str, str]]:
        """Server-sent events as they come, each with its name, until the daemon ends. Raises as `ask` does."""
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        name = ""
        with self._answer("GET", "/api/v1/events", params=_given({"log": log or None}), timeout=timeout) as answer:
            if not answer.is_success:
                raise _refusal(answer.status_code, _body(answer), self.where)
            for line in answer.iter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, value

    def _read(self, kind: TypeAdapter[T], method: str, path: str, **more: Any) -> T:
        status, body = self._exchange(method, path, **more)
        for _ in range(PATIENCE):
            if status != HTTPStatus.TOO_MANY_REQUESTS:
                break
            pause(1.0)
            status, body = self._exchange(method, path, **more)
        if not httpx.codes.is_success(status):
            raise _refusal(status, body, self.where)
        try:
            return kind.validate_json(body)
        except ValidationError as error:
            raise _unclear(self.where, f"{error.error_count()} parts of its answer make no sense") from error

    def _exchange(self, method: str, path: str, **more: Any) -> tuple[int, bytes]:
        with self._answer(method, path, **more) as answer:
            return answer.status_code, _body(answer)

    def _knock(self) -> None:
        """Find out once whether there is a door: httpx leaves a socket open that finds none."""
        if self._station is not None:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knocking:
                knocking.connect(address(self._station))
            self._station = None

    @contextmanager
    def _answer(self, method: str, path: str, **more: Any) -> Generator[httpx.Response]:
        try:
            self._knock()
            with self._client.stream(method, path, **more) as answer:
                yield answer
        except (httpx.ConnectError, httpx.ConnectTimeout, ConnectionRefusedError) as error:
            if "[SSL" in str(error):
                raise DaemonUnclear(f"What answers {self.where} is not to be trusted: {_why(error)}.", remedy=TRUST) from error
            raise NobodyThere(f"No running Nightside answers {self.where}.", remedy=REMEDY) from error
        except httpx.RemoteProtocolError as error:
            raise NobodyThere(
                f"The daemon {self.where} has ended, or belongs to another user.",
                remedy="Ask as that user or as root, or name its port, as in --url http://127.0.0.1:8321.",
            ) from error
        except httpx.HTTPError as error:
            raise NobodyThere(f"The daemon {self.where} answers no more: {_why(error)}.", remedy=REMEDY) from error


def reach(config: Path, url: str | None) -> Daemon:
    """The daemon that is meant. Whether it is there is found out by asking it.

    Raises:
        ConfigRefused: it is to be found by a configuration that cannot be used.
    """
    if url is not None:
        return Daemon.at_url(url)
    from nightside import settings as configuration

    return Daemon.at_door(configuration.load(config).door)


def running(config: Path, url: str | None, instead: str) -> Daemon | None:
    """The daemon that is meant, if it runs. Whether it answers is said in a line, or else what is done `instead`.

    Raises:
        NightsideError: there is none at the URL; or the configuration cannot be used.
    """
    daemon = reach(config, url)
    try:
        daemon.ask("/api/v1/state", TypeAdapter(list[Snapshot]))  # not its health: one of which a part hangs is there too
    except NobodyThere:
        daemon.__exit__()
        if url is not None:
            raise
        aside.print(f"[dim]No daemon runs with this configuration: {instead}.[/]", soft_wrap=True)
        return None
    aside.print(f"[dim]The daemon {daemon.where} answers.[/]", soft_wrap=True)
    return daemon


def in_hand(station: str, serial: str | None) -> bool | None:
    """Whether a station's daemon has a body open, or any, when none is named; `None` where it does not tell."""
    try:
        with Daemon.at_door(station) as daemon:
            bodies = daemon.ask("/api/v1/state", TypeAdapter(list[Snapshot]))
    except (NobodyThere, DaemonUnclear):
        return None
    return any(one.in_hand for one in bodies if serial is None or one.body in {serial, ""})


def _given(params: Mapping[str, object]) -> dict[str, str]:
    """Parameters as a URL has them, without those that are not given."""
    told = {name: value for name, value in params.items() if value is not None}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in told.items()}


def _token() -> str:
    """The token of the environment.

    Raises:
        Unauthorized: it is none.
    """
    from nightside.service.http.access import Unauthorized

    token = os.environ[TOKEN].strip()
    if not re.fullmatch(r"[!-~]+", token):
        raise Unauthorized(
            f"What {TOKEN} holds is no token.", remedy="`nightside token new` on the daemon's machine makes one."
        )
    return token


def _why(error: Exception) -> str:
    return str(error).removesuffix(".") or type(error).__name__


def _body(answer: httpx.Response) -> bytes:
    body = b""
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > LARGEST:
            raise _unclear("there", f"its answer has more than {LARGEST >> 20} MB")
    return body


def _refusal(status: int, body: bytes, where: str) -> NightsideError:
    """What a daemon said, as the error that it was there."""
    from nightside.cli.leaves import by_code

    try:
        told = cast("dict[str, Any]", json.loads(body))
        code, what = str(told["code"]), str(told["detail"])
        means, remedy = str(told["means"]), str(told["remedy"])
    except (ValueError, KeyError, TypeError):
        return _unclear(where, f"it says {status} and no more")
    kind = by_code(code)
    if kind is None:
        return DaemonUnclear(what, means=means, remedy=f"{remedy} (The daemon calls this {code}.)".strip())
    if kind is PlanImpossible:
        return PlanImpossible(what, means=means, remedy=remedy, offered=_program(told.get("offered")))
    return kind(what, means=means, remedy=remedy)


def _program(told: object) -> Program | None:
    """What a daemon offers in the place of a program; nothing, where that is none that this version knows."""
    try:
        return None if told is None else TypeAdapter(AnyProgram).validate_python(told)
    except ValidationError:
        return None


def _unclear(where: str, why: str) -> DaemonUnclear:
    return DaemonUnclear(
        f"What answers {where} is no Nightside of this version: {why}.",
        remedy="Check the address; or bring both sides to the same version.",
    )
