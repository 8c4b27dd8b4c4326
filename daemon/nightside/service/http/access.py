"""Who may do what: tokens, hashed at rest, and the sessions of browsers that logged in with one.

On loopback nobody needs a token: whoever is on the machine can start and stop the daemon anyway. A reverse proxy on it is not
whoever it speaks for: what it passes on needs a token as from anywhere else, or a session's cookie and, where it changes something,
the CSRF word of that session too.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import IntEnum
from pathlib import Path

from nightside.clock import Clock
from nightside.errors import Refused
from nightside.storage.writing import replace_text

BYTES = 32
"""Of chance in a token: what cannot be guessed needs no slow hash."""
SESSION_S = 12 * 3600.0
MOST_SESSIONS = 100


class Role(IntEnum):
    """What somebody may do; a higher one may do what a lower one may."""

    WATCH = 1
    OPERATE = 2


class Unauthorized(Refused):
    """A request from beyond this machine without a token, or with a wrong one."""

    code = "unauthorized"
    exit_code = 83
    http_status = 401


class Forbidden(Refused):
    """Whoever asks may watch, and not do this."""

    code = "forbidden"
    exit_code = 84
    http_status = 403


class TokensRefused(Refused):
    """The file of tokens cannot be read or makes no sense."""

    code = "tokens-refused"
    exit_code = 85


@dataclass(frozen=True, slots=True)
class Token:
    """One token, as it is kept: never itself."""

    name: str
    role: str
    sha256: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has logged in."""

    role: Role
    csrf: str
    until: float
    """Clock time (s) at which it ends."""


class Access:
    """The tokens of one daemon, in a file, and its sessions, in memory."""

    def __init__(
        self, file: Path, clock: Clock, known: Mapping[str, Token] | None = None, *, trusts_loopback: bool = True
    ) -> None:
        """`file` is read now, unless it is said who is `known` until `refresh` can read it.

        Raises:
            TokensRefused: it is there and cannot be understood.
        """
        self.trusts_loopback = trusts_loopback
        """Whether whoever comes from this computer needs no token. The door needs none either way."""
        self._file = file
        self._clock = clock
        self._tokens = _read(file) if known is None else known
        self._sessions: dict[str, Session] = {}

    @property
    def tokens(self) -> tuple[Token, ...]:
        """Those that are known, oldest first."""
        return tuple(self._tokens.values())

    def refresh(self) -> None:
        """Heed what `nightside token` has changed meanwhile. Reads a file.

        Raises:
            TokensRefused: it cannot be understood; the tokens stay as they were.
        """
        fresh = _read(self._file)
        if fresh != self._tokens:
            self._tokens = fresh
            self._sessions.clear()

    def issue(self, name: str, role: Role) -> str:
        """Make a token, keep its hash, and give it: nobody can be told it again. One of the same name is replaced."""
        token = secrets.token_urlsafe(BYTES)
        kept = Token(name, role.name.lower(), _hashed(token), self._clock.utc().isoformat(timespec="seconds"))
        self._tokens = {other.sha256: other for other in self._tokens.values() if other.name != name} | {kept.sha256: kept}
        self._write()
        return token

    def revoke(self, name: str) -> bool:
        """Forget a token, and every session; say whether there was one."""
        left = {digest: token for digest, token in self._tokens.items() if token.name != name}
        gone = len(left) < len(self._tokens)
        self._tokens = left
        self._sessions.clear()
        self._write()
        return gone

    def role_of(self, token: str) -> Role | None:
        """What a token allows; nothing, where it is unknown."""
        # Looked up by its hash: how long that takes says nothing about a token that nobody knows.
        kept = self._tokens.get(_hashed(token))
        return None if kept is None else Role[kept.role.upper()]

    def log_in(self, token: str) -> tuple[str, Session]:
        """Begin a session; gives its secret id, for a cookie.

        Raises:
            Unauthorized: the token is unknown.
        """
        role = self.role_of(token)
        if role is None:
            raise Unauthorized("This token is not known here.", remedy="`nightside token new` makes one.")
        self._forget_old()
        session_id = secrets.token_urlsafe(BYTES)
        session = Session(role, secrets.token_urlsafe(BYTES), self._clock.monotonic() + SESSION_S)
        self._sessions[session_id] = session
        return session_id, session

    def log_out(self, session_id: str) -> None:
        """End a session."""
        self._sessions.pop(session_id, None)

    def session(self, session_id: str) -> Session | None:
        """A session that is going on."""
        found = self._sessions.get(session_id)
        return found if found is not None and found.until > self._clock.monotonic() else None

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        going_on = [(key, session) for key, session in self._sessions.items() if session.until > now]
        self._sessions = dict(going_on[-(MOST_SESSIONS - 1) :])

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        replace_text(self._file, json.dumps([asdict(token) for token in self._tokens.values()], indent=1) + "\n")
        self._file.chmod(0o600)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _read(file: Path) -> Mapping[str, Token]:
    try:
        kept = [Token(**entry) for entry in json.loads(file.read_text("utf-8"))]
        roles = [Role[token.role.upper()] for token in kept]
        dates = [datetime.fromisoformat(token.made_at) for token in kept]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TokensRefused(
            f"The tokens in {file} cannot be read: {error}.",
            means="Nobody beyond this machine is let in.",
            remedy="Mend the file, or remove it and make new tokens with `nightside token new`.",
        ) from error
    assert len(roles) == len(dates) == len(kept)  # noqa: S101 — read to be checked
    return {token.sha256: token for token in kept}
