"""Logging in to an SSH server that is known by its key, as somebody who is known by theirs."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nightside.storage.sinks.secret_files import read_secret
from nightside.storage.sinks.sink import SinkRefused

if TYPE_CHECKING:
    from asyncssh import SSHClient, SSHClientConnection, SSHKey

KEEPALIVE_S = 15
"""A connection over which nothing was heard for four times as long is over."""
LONGEST_COMPLAINT = 300


@dataclass(frozen=True, slots=True)
class Server:
    """Which server, how it is known, and how we are."""

    host: str
    port: int
    user: str
    root: str
    host_key: str | None = None
    known_hosts: Path | None = None
    key: Path | None = None
    passphrase: Path | None = None
    agent: str | None = None
    """The socket of the agent."""
    patience_s: float = 30
    """How long (s) logging in may take."""


async def connect(server: Server) -> "SSHClientConnection":
    """Log in. Nothing is read from ~/.ssh, and no password is ever offered.

    Raises:
        SinkRefused: the server is not the one that is pinned, or our key cannot be used.
        asyncssh.Error, OSError: it cannot be reached, or does not let us in.
    """
    import asyncssh

    known = _KnownKey(server.host_key)
    try:
        return await asyncssh.connect(
            server.host,
            server.port,
            username=server.user,
            client_factory=known.client,
            known_hosts=await asyncio.to_thread(_known_hosts, server),
            client_keys=[] if server.key is None else [await asyncio.to_thread(_private_key, server, server.key)],
            agent_path=server.agent if server.key is None else None,
            config=None,
            preferred_auth="publickey",
            keepalive_interval=KEEPALIVE_S,
            login_timeout=server.patience_s,
            connect_timeout=server.patience_s,
        )
    except asyncssh.HostKeyNotVerifiable:
        raise SinkRefused(
            f"{server.host}:{server.port} shows a key that is not the pinned one: its fingerprint is {known.seen or 'unknown'}.",
            means="Nothing was said to it. Either its key is new, or it is somebody else.",
            remedy="If its owner confirms that fingerprint, pin it as host_key.",
        ) from None


class _KnownKey:
    """Knows a server by its key's fingerprint, and remembers what it showed."""

    def __init__(self, pinned: str | None) -> None:
        self.pinned = pinned
        self.seen: str | None = None

    def client(self) -> "SSHClient":
        import asyncssh

        knows = self

        class Client(asyncssh.SSHClient):
            def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
                knows.seen = key.get_fingerprint()
                return knows.seen == knows.pinned

        return Client()


def _known_hosts(server: Server) -> bytes:
    if server.known_hosts is None:
        return b""
    try:
        return server.known_hosts.read_bytes()
    except OSError as error:
        raise SinkRefused(f"The known hosts {server.known_hosts} cannot be read: {error.strerror}.") from error


def _private_key(server: Server, path: Path) -> "SSHKey":
    import asyncssh

    phrase = None if server.passphrase is None else read_secret(server.passphrase).strip("\r\n")
    try:
        return asyncssh.import_private_key(read_secret(path), phrase)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise SinkRefused(
            f"The key {path} for {server.host} cannot be used: {complaint(error)}",
            remedy="Name a private key as ssh-keygen writes it, and the file with its passphrase if it has one.",
        ) from None


def complaint(error: Exception) -> str:
    """The first line of what went wrong."""
    return (str(error) or type(error).__name__).partition("\n")[0][:LONGEST_COMPLAINT]
