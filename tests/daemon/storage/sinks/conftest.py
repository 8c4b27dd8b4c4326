"""Sinks of every kind, each on a real server or a real file system."""

import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from nightside.storage.sinks.flow import Flow
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.sinks.hosted import HostedSink
from nightside.storage.sinks.marker import Notes
from nightside.storage.sinks.s3 import S3Sink
from nightside.storage.sinks.sftp import SftpSink
from nightside.storage.sinks.sink import Copy, Sink
from nightside.storage.sinks.tables import AnySink, SinkTable
from tests.daemon.storage.sinks.servers import SSHD, Proxy, Sshd, Store, run_proxy, run_sshd, run_store
from tests.installed import absent

MakeCopy = Callable[..., tuple[Copy, Path]]
COUNTERS = iter(range(1_000_000))

for library in ("asyncssh", "obstore.store"):
    import_module(library)  # here, and not on an event loop


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    if not Path(SSHD).exists():
        absent("sshd is not installed (Debian: openssh-server)")
    with run_sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with run_store(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def proxied() -> Iterator[Callable[[int], Proxy]]:
    """Put a proxy before a port."""
    with ExitStack() as stack:
        yield lambda port: stack.enter_context(run_proxy(port))


@dataclass(frozen=True)
class Bench:
    """A sink, and a way to look at what it really holds that is none of ours."""

    sink: Sink
    peek: Callable[[str], bytes | None]
    plant: Callable[[str, bytes], None]
    spool: Path


def folder_bench(root: Path, spool: Path, sink: Sink) -> Bench:
    def peek(path: str) -> bytes | None:
        return (root / path).read_bytes() if (root / path).is_file() else None

    def plant(path: str, content: bytes) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).unlink(missing_ok=True)
        (root / path).write_bytes(content)

    return Bench(sink, peek, plant, spool)


def store_bench(store: Store, prefix: str, spool: Path, sink: Sink) -> Bench:
    return Bench(
        sink,
        lambda path: store.peek(f"{prefix}/{path}"),
        lambda path, content: store.plant(f"{prefix}/{path}", content),
        spool,
    )


KINDS = ["folder", "s3", "s3 in parts", "s3 by digest", "sftp", "hosted folder", "hosted s3", "hosted sftp"]


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Every kind of sink there is."""
    made = make_bench(request, tmp_path, request.param)
    yield made
    await made.sink.close()


def make_bench(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> Bench:
    spool, root = tmp_path / "spool", tmp_path / "sink"
    spool.mkdir()
    prefix = f"station-{os.getpid()}-{next(COUNTERS)}"
    hosted, _, plain = kind.rpartition(" ") if kind.startswith("hosted") else ("", "", kind)
    if plain == "folder":
        options: dict[str, object] = {"kind": "folder", "path": str(root)}
        sink: Sink = FolderSink("backup", root, notes=Notes(spool, "backup"), flow=Flow())
        return folder_bench(root, spool, host(options, spool) if hosted else sink)
    if plain == "sftp":
        sshd: Sshd = request.getfixturevalue("sshd")
        server = sshd.server(root)
        options = {"kind": "sftp", "host": server.host, "port": server.port, "user": server.user, "path": server.root}
        options |= {"host_key": server.host_key, "key": str(server.key)}
        return folder_bench(
            root, spool, host(options, spool) if hosted else SftpSink("backup", server, notes=Notes(spool, "backup"))
        )
    store: Store = request.getfixturevalue("object_store")
    bucket = store.bucket(prefix)
    options = {"kind": "s3", "bucket": "frames", "prefix": prefix, "endpoint": bucket.endpoint, "allow_http": True}
    options |= {
        "region": "us-east-1",
        "credentials": str(store.credentials),
        "profile": "default",
        "part_mb": 5,
        "verify": "read",
    }
    part_bytes = 5 << 20 if plain == "s3 in parts" else 16 << 20
    in_process = S3Sink("backup", bucket, part_bytes=part_bytes, by_digest=plain == "s3 by digest")
    return store_bench(store, prefix, spool, host(options, spool) if hosted else in_process)


def options_of(options: Mapping[str, object], spool: Path) -> Mapping[str, Any]:
    """The options of a sink as the configuration gives them, with what is said here in the place of its defaults."""
    table: SinkTable = TypeAdapter[SinkTable](AnySink).validate_python({"name": "backup", **options})
    return table.model_dump(mode="json") | {"spool": str(spool)}


def host(options: Mapping[str, object], spool: Path) -> HostedSink:
    return HostedSink(options_of(options, spool))


@pytest.fixture
def make_copy(tmp_path: Path) -> MakeCopy:
    """A file in the spool, and what a sink is to hold of it."""

    def make(path: str = "s/w/2012345-00000-DSC_0001.nef", content: bytes | int = 300_000) -> tuple[Copy, Path]:
        held = os.urandom(content) if isinstance(content, int) else content
        source = tmp_path / "spool" / path
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(held)
        return Copy(path, len(held), hashlib.sha256(held).hexdigest()), source

    return make
