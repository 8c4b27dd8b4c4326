"""Real servers on loopback for the sinks: OpenSSH's sshd, an S3 server, and a proxy that spoils what goes through it."""

import contextlib
import os
import pwd
import shutil
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.backends import get_backend
from moto.server import ThreadedMotoServer

from nightside.storage.sinks.s3 import Bucket
from nightside.storage.sinks.ssh import Server
from nightside_drivers.clock import pause

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


@dataclass(frozen=True)
class Sshd:
    """A private sshd, with keys of its own."""

    port: int
    fingerprint: str
    key: Path
    home: Path
    process: "subprocess.Popen[bytes]"

    def server(self, root: Path, port: int | None = None) -> Server:
        user = pwd.getpwuid(os.getuid()).pw_name
        return Server("127.0.0.1", port or self.port, user, str(root), host_key=self.fingerprint, key=self.key)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def run_sshd(home: Path) -> Generator[Sshd]:
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / name)], check=True)
    (home / "authorized").write_bytes((home / "client.pub").read_bytes())
    port = free_port()
    (home / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/host\nPidFile none\nAuthorizedKeysFile {home}/authorized\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
        "Subsystem sftp internal-sftp\nMaxStartups 100\nLogLevel ERROR\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd gives its privileges up
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(home / "sshd_config")], stderr=log)
    try:
        wait_for_port(port, process)
        shown = subprocess.run(["ssh-keygen", "-lf", str(home / "host.pub")], check=True, capture_output=True, text=True).stdout
        yield Sshd(port, shown.split()[1], home / "client", home, process)
    finally:
        process.kill()
        process.wait()


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(1000):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None
        pause(0.01)
    raise AssertionError("sshd did not start")


@dataclass(frozen=True)
class Store:
    """An S3 server with one bucket."""

    port: int
    credentials: Path

    def bucket(self, prefix: str = "station-1", port: int | None = None) -> Bucket:
        endpoint = f"http://127.0.0.1:{port or self.port}"
        return Bucket("frames", prefix, endpoint, allow_http=True, credentials=self.credentials)

    @property
    def backend(self) -> Any:
        """What the server holds, seen from behind."""
        return get_backend("s3")["123456789012"]["global"]

    def peek(self, key: str) -> bytes | None:
        found = self.backend.get_object("frames", key)
        return None if found is None else bytes(found.value)

    def plant(self, key: str, content: bytes) -> None:
        self.backend.put_object("frames", key, content)


@contextmanager
def run_store(home: Path) -> Generator[Store]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    credentials = home / "credentials"
    credentials.write_text("[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = very-secret-indeed\n")
    credentials.chmod(0o600)
    store = Store(port, credentials)
    store.backend.create_bucket("frames", "us-east-1")
    try:
        yield store
    finally:
        server.stop()


Spoil = Callable[[bytes], bytes | None]
"""What becomes of a piece that goes through a proxy; `None` cuts the connection."""


def as_it_is(piece: bytes) -> bytes | None:
    return piece


@dataclass
class Proxy:
    """Sits between a sink and its server, and spoils what the tests want spoilt."""

    upstream: int
    up: Spoil = field(default=as_it_is)
    down: Spoil = field(default=as_it_is)
    port: int = 0

    def relay(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self.upstream)) as server:
            back = threading.Thread(target=self._pump, args=(server, client, self._downwards))
            back.start()
            self._pump(client, server, self._upwards)
            back.join()

    def _upwards(self, piece: bytes) -> bytes | None:
        return self.up(piece)  # looked up each time: a test changes its mind

    def _downwards(self, piece: bytes) -> bytes | None:
        return self.down(piece)

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket, spoil: Spoil) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                spoilt = spoil(piece)
                if spoilt is None:
                    break
                target.sendall(spoilt)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def run_proxy(upstream: int) -> Generator[Proxy]:
    proxy = Proxy(upstream)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            proxy.relay(self.request)

    class Relay(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Relay(("127.0.0.1", 0), Handler) as relay:
        proxy.port = relay.server_address[1]
        thread = threading.Thread(target=relay.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield proxy
        finally:
            relay.shutdown()
            thread.join()
