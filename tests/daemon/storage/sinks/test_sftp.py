"""SFTP: who the server is, who we are, what a lying or failing server does. The server is OpenSSH's, or a spoilt one of ours."""

import asyncio
import os
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from nightside.errors import StorageFull
from nightside.storage.sinks.marker import MARKER, Notes
from nightside.storage.sinks.sftp import SftpSink
from nightside.storage.sinks.sink import CopyDamaged, SinkAbsent, SinkDown, SinkRefused
from nightside.storage.sinks.ssh import Server
from nightside.storage.writing import INCOMING
from tests.daemon.storage.sinks.conftest import MakeCopy
from tests.daemon.storage.sinks.servers import Proxy, Sshd

Proxied = Callable[[int], Proxy]


@asynccontextmanager
async def sink_on(server: Server, notes: Notes | None = None) -> AsyncGenerator[SftpSink]:
    sink = SftpSink("nas", server, notes=notes)
    try:
        yield sink
    finally:
        await sink.close()


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_a_server_with_another_key_is_told_nothing_and_its_fingerprint_is_shown(sshd: Sshd, tmp_path: Path) -> None:
    stranger = replace(sshd.server(tmp_path), host_key="SHA256:" + "A" * 43)
    async with sink_on(stranger) as sink:
        with pytest.raises(SinkRefused) as refused:
            await sink.prepare()
    assert sshd.fingerprint in str(refused.value)
    assert files(tmp_path) == []


async def test_a_server_may_be_known_from_a_file(sshd: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{sshd.port} {(sshd.home / 'host.pub').read_text()}")
    async with sink_on(replace(sshd.server(tmp_path / "root"), host_key=None, known_hosts=known)) as sink:
        await sink.prepare()
    known.write_text("")
    async with sink_on(replace(sshd.server(tmp_path / "root"), host_key=None, known_hosts=known)) as sink:
        with pytest.raises(SinkRefused, match="not the pinned one"):
            await sink.prepare()


async def test_a_key_that_others_can_read_is_not_used(sshd: Sshd, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(sshd.key.read_bytes())
    key.chmod(0o640)
    async with sink_on(replace(sshd.server(tmp_path), key=key)) as sink:
        with pytest.raises(SinkRefused, match="chmod 600"):
            await sink.check()


async def test_a_key_with_a_passphrase_is_opened_by_a_file(sshd: Sshd, tmp_path: Path) -> None:
    key, phrase = tmp_path / "key", tmp_path / "phrase"
    key.write_bytes(asyncssh.import_private_key(sshd.key.read_bytes()).export_private_key(passphrase="star trail"))
    phrase.write_text("star trail\n")
    for path in (key, phrase):
        path.chmod(0o600)
    async with sink_on(replace(sshd.server(tmp_path / "root"), key=key, passphrase=phrase)) as sink:
        await sink.prepare()
    phrase.write_text("sunrise\n")
    async with sink_on(replace(sshd.server(tmp_path / "root"), key=key, passphrase=phrase)) as sink:
        with pytest.raises(SinkRefused, match="cannot be used") as refused:
            await sink.prepare()
    assert "sunrise" not in str(refused.value)


async def test_a_key_that_the_server_does_not_know_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    key = tmp_path / "key"
    await asyncio.to_thread(subprocess.run, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    async with sink_on(replace(sshd.server(tmp_path), key=key)) as sink:
        with pytest.raises(SinkRefused, match="does not let the sink nas do that"):
            await sink.check()


async def test_an_unplugged_disk_on_the_server_is_not_an_empty_one(sshd: Sshd, make_copy: MakeCopy, tmp_path: Path) -> None:
    root = tmp_path / "root"
    async with sink_on(sshd.server(root), Notes(tmp_path / "spool", "nas")) as sink:
        await sink.prepare()
        root.rename(tmp_path / "drawer")
        root.mkdir()
        with pytest.raises(SinkAbsent, match="has lost its marker"):
            await sink.store(*make_copy())
        assert files(root) == []


async def test_links_on_the_server_do_not_lead_round_in_circles(sshd: Sshd, make_copy: MakeCopy, tmp_path: Path) -> None:
    copy, source = make_copy()
    async with sink_on(sshd.server(tmp_path / "root")) as sink:
        await sink.store(copy, source)
        for name in ("here", "there"):
            (tmp_path / "root/s" / name).symlink_to("..")
        assert sorted([name async for name in sink.names()]) == ["s/here", "s/there", copy.path]


async def test_half_sent_files_of_a_dead_predecessor_are_swept(sshd: Sshd, tmp_path: Path) -> None:
    notes, incoming = Notes(tmp_path / "spool", "nas"), tmp_path / "root" / INCOMING
    incoming.mkdir(parents=True)
    ours = await asyncio.to_thread(notes.station)
    for name in (f"{ours}-aa.part", "0badcafe-bb.part"):
        (incoming / name).write_bytes(b"half a fra")
    async with sink_on(sshd.server(tmp_path / "root"), notes) as sink:
        await sink.prepare()
    assert files(incoming) == ["0badcafe-bb.part"]


async def test_a_copy_is_read_only_and_nothing_else_is_left(sshd: Sshd, make_copy: MakeCopy, tmp_path: Path) -> None:
    copy, source = make_copy()
    async with sink_on(sshd.server(tmp_path / "root")) as sink:
        await sink.store(copy, source)
    assert files(tmp_path / "root") == [copy.path]
    assert (tmp_path / "root" / copy.path).stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("after", [0, 2_000, 300_000], ids=["at once", "while logging in", "in mid transfer"])
async def test_a_connection_that_breaks_loses_nothing_and_leaves_nothing_torn(
    sshd: Sshd, proxied: Proxied, make_copy: MakeCopy, tmp_path: Path, after: int
) -> None:
    proxy, root, left = proxied(sshd.port), tmp_path / "root", after

    def cut(piece: bytes) -> bytes | None:
        nonlocal left
        left -= len(piece)
        return piece if left > 0 else None

    proxy.up = cut
    copy, source = make_copy(content=1_000_000)
    notes = Notes(tmp_path / "spool", "nas")
    async with sink_on(sshd.server(root, proxy.port), notes) as sink:
        with pytest.raises(SinkDown):
            await sink.store(copy, source)
        assert not (root / copy.path).exists()
        proxy.up = lambda piece: piece
        await sink.prepare()
        await sink.store(copy, source)
    assert files(root) == sorted([MARKER, copy.path])
    assert (root / copy.path).read_bytes() == source.read_bytes()


async def test_a_flipped_bit_on_the_wire_breaks_the_connection_and_nothing_else(
    sshd: Sshd, proxied: Proxied, make_copy: MakeCopy, tmp_path: Path
) -> None:
    proxy, seen = proxied(sshd.port), 0

    def flip(piece: bytes) -> bytes:
        nonlocal seen
        seen += len(piece)
        return piece if seen < 200_000 else bytes([piece[0] ^ 1]) + piece[1:]

    proxy.up = flip
    copy, source = make_copy(content=1_000_000)
    async with sink_on(sshd.server(tmp_path / "root", proxy.port)) as sink:
        with pytest.raises(SinkDown):
            await sink.store(copy, source)
    assert not (tmp_path / "root" / copy.path).exists()


async def test_a_server_that_stopped_answering_is_given_up_on(sshd: Sshd, proxied: Proxied, tmp_path: Path) -> None:
    proxy = proxied(sshd.port)
    proxy.down = lambda _: b""
    async with sink_on(replace(sshd.server(tmp_path, proxy.port), patience_s=0.3)) as sink:
        with pytest.raises(SinkDown):
            await sink.check()


class Rotten(asyncssh.SFTPServer):
    """A server that spoils what it is given."""

    spoils = "bytes"

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        match self.spoils:
            case "bytes" if offset == 0:
                return self._kept(super().write(file_obj, offset, bytes([data[0] ^ 1]) + data[1:]))
            case "length":
                self._kept(super().write(file_obj, offset, data[:-10]))
                return len(data)  # says that it wrote it all
            case "room":
                raise asyncssh.SFTPFailure("Failure")
            case _:
                pass
        return self._kept(super().write(file_obj, offset, data))

    @staticmethod
    def _kept(written: object) -> int:
        assert isinstance(written, int)
        return written

    def statvfs(self, path: bytes) -> os.statvfs_result:
        found = os.statvfs("/")
        return os.statvfs_result((*found[:3], 0, 0, *found[5:]))


@asynccontextmanager
async def rotten(sshd: Sshd, spoils: str) -> AsyncGenerator[int]:
    server_class = type("Spoilt", (Rotten,), {"spoils": spoils})
    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[str(sshd.home / "host")],
        authorized_client_keys=str(sshd.home / "authorized"),
        sftp_factory=server_class,
        allow_scp=False,
    )
    try:
        yield listener.get_port()
    finally:
        listener.close()
        await listener.wait_closed()


@pytest.mark.parametrize("spoils", ["bytes", "length"])
async def test_a_server_that_keeps_something_else_is_found_out_before_the_file_has_a_name(
    sshd: Sshd, make_copy: MakeCopy, tmp_path: Path, spoils: str
) -> None:
    copy, source = make_copy()
    async with rotten(sshd, spoils) as port, sink_on(sshd.server(tmp_path / "root", port)) as sink:
        with pytest.raises(CopyDamaged, match="did not arrive as it was sent"):
            await sink.store(copy, source)
    assert files(tmp_path / "root") == []


async def test_a_server_that_only_says_failure_is_asked_whether_it_is_full(
    sshd: Sshd, make_copy: MakeCopy, tmp_path: Path
) -> None:
    copy, source = make_copy()
    async with rotten(sshd, "room") as port, sink_on(sshd.server(tmp_path / "root", port)) as sink:
        with pytest.raises(StorageFull, match="no room left"):
            await sink.store(copy, source)
    assert not (tmp_path / "root" / copy.path).exists()
