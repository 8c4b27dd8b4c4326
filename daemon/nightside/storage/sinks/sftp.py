"""A sink that is a folder on an SSH server.

asyncssh speaks to it. A file goes under a temporary name, is synced where the server can, read back, and linked to its final
name, which fails where the name is taken. The server is known by its key before anything is said to it.
"""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from posixpath import dirname, join
from typing import TYPE_CHECKING, cast

from nightside.errors import NightsideError, StorageFull
from nightside.storage.sinks.flow import Flow
from nightside.storage.sinks.folder import FOREIGN_PART_S, check_source, read_pieces
from nightside.storage.sinks.marker import LONGEST, MARKER, Notes, new_marker, number_in, recognize
from nightside.storage.sinks.sink import Copy, SinkDown, SinkRefused, damaged, differs
from nightside.storage.sinks.ssh import Server, complaint, connect
from nightside.storage.writing import INCOMING
from nightside_drivers.api import Fetched

if TYPE_CHECKING:
    from asyncssh import SFTPClient, SFTPClientFile, SSHClientConnection

PIECE = 1 << 20
"""Bytes under way at a time, in requests as large as the server takes, so that a long way does not make a slow one."""
READ_ONLY = 0o444
LONGEST_TEXT = 64 << 20


class SftpSink:
    """A folder on an SSH server."""

    def __init__(
        self,
        name: str,
        server: Server,
        *,
        required: bool = True,
        order: int = 0,
        notes: Notes | None = None,
        flow: Flow | None = None,
    ) -> None:
        """Nothing is connected yet. With `notes` the folder is known by a marker."""
        self.name = name
        self.required = required
        self.order = order
        self._server = server
        self._notes = notes
        self._flow = flow or Flow()
        self._connection: SSHClientConnection | None = None
        self._client: SFTPClient | None = None

    def listen(self, listener: Callable[[int], None]) -> None:
        """Have somebody told of the bytes that move."""
        self._flow.listener = listener

    async def check(self) -> None:
        """Log in, and look at the folder and its marker."""
        async with self._asking() as sftp:
            await self._present(sftp)
            if not await sftp.isdir(self._server.root) and await sftp.exists(self._server.root):
                raise SinkRefused(f"{self._server.root} on {self._server.host} is not a folder.")

    async def prepare(self) -> None:
        """Make the folders, leave the marker where there was none, and sweep."""
        async with self._asking() as sftp:
            await self._present(sftp)
            await sftp.makedirs(self._at(INCOMING), exist_ok=True)
            if self._notes is not None:
                found = await self._marker(sftp)
                if found is None:
                    found, text = new_marker(self.name)
                    await self._replace(sftp, MARKER, text)
                await asyncio.to_thread(self._notes.note, found)
            await self._sweep(sftp)

    async def store(self, copy: Copy, source: Path) -> None:
        """Send, sync, read back, and only then give it its name."""
        async with self._asking() as sftp:
            await self._present(sftp)
            target, part = self._at(copy.path), self._at(f"{INCOMING}/{await self._ours()}{secrets.token_hex(8)}.part")
            if await self._compare(sftp, copy):
                return
            await sftp.makedirs(self._at(INCOMING), exist_ok=True)
            await sftp.makedirs(dirname(target), exist_ok=True)
            try:
                await self._send(sftp, part, copy, source)
                await self._name(sftp, part, target, copy)
            finally:
                with contextlib.suppress(Exception):  # the link to the server may be what broke; the next sweep finds it
                    await sftp.remove(part)
            await self._sync_folder(sftp, dirname(target))

    async def keep_text(self, path: str, text: str) -> None:
        """Write a manifest anew, in one step where the server can replace a file."""
        async with self._asking() as sftp:
            await self._present(sftp)
            await self._replace(sftp, path, text)

    async def text(self, path: str) -> str | None:
        """Read a manifest."""
        async with self._asking() as sftp:
            await self._present(sftp)
            return await self._text(sftp, path, LONGEST_TEXT)

    async def measure(self, path: str) -> Fetched | None:
        """Read a file back."""
        async with self._asking() as sftp:
            await self._present(sftp)
            return await self._measured(sftp, self._at(path))

    async def names(self) -> AsyncIterator[str]:
        """Walk through the folder."""
        from asyncssh.constants import FILEXFER_TYPE_DIRECTORY

        async with self._asking() as sftp:
            await self._present(sftp)
            folders = [""]
            while folders:
                folder = folders.pop()
                async for entry in sftp.scandir(self._at(folder)):
                    self._flow.alive()
                    name = str(entry.filename)
                    if name in {".", ".."} or (not folder and name == INCOMING):
                        continue
                    if entry.attrs.type == FILEXFER_TYPE_DIRECTORY:  # a link to one may lead round in circles
                        folders.append(join(folder, name))
                    else:
                        yield join(folder, name)

    async def room(self) -> int | None:
        """What the server says is left for us, where it says so."""
        from asyncssh import SFTPError

        async with self._asking() as sftp:
            try:
                found = await sftp.statvfs(self._server.root)
            except SFTPError:
                return None
            return int(found.bavail) * int(found.frsize)

    async def close(self) -> None:
        """Hang up."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()

    def _at(self, path: str) -> str:
        return join(self._server.root, path) if path else self._server.root

    async def _ours(self) -> str:
        return "" if self._notes is None else f"{await asyncio.to_thread(self._notes.station)}-"

    async def _present(self, sftp: "SFTPClient") -> None:
        if self._notes is not None:
            known = await asyncio.to_thread(self._notes.known)
            recognize(self.name, f"{self._server.root} on {self._server.host}", await self._marker(sftp), known)

    async def _marker(self, sftp: "SFTPClient") -> str | None:
        text = await self._text(sftp, MARKER, LONGEST)
        return None if text is None else number_in(text)

    async def _text(self, sftp: "SFTPClient", path: str, most: int) -> str | None:
        from asyncssh import SFTPNoSuchFile

        try:
            async with sftp.open(self._at(path), "rb") as file:
                return (await _read(file, most)).decode("utf-8", errors="replace")
        except SFTPNoSuchFile:
            return None

    async def _replace(self, sftp: "SFTPClient", path: str, text: str) -> None:
        target = self._at(path)
        part = join(dirname(target), f".{secrets.token_hex(8)}.text")
        await sftp.makedirs(dirname(target), exist_ok=True)
        try:
            async with sftp.open(part, "xb") as file:
                await file.write(text.encode())
                await self._sync(file)
            await sftp.posix_rename(part, target)
        finally:
            if await sftp.exists(part):
                await sftp.remove(part)

    async def _sweep(self, sftp: "SFTPClient") -> None:
        """Remove what was half-sent from here, and what any station left a day ago. Never what another one is sending."""
        ours = await self._ours()
        probe = self._at(f"{INCOMING}/{ours}{secrets.token_hex(8)}.part")
        async with sftp.open(probe, "xb"):
            pass
        now = (await sftp.stat(probe)).mtime or 0  # the server's own idea of the time
        async for entry in sftp.scandir(self._at(INCOMING)):
            name, age = str(entry.filename), now - (entry.attrs.mtime or now)
            if name.endswith(".part") and ((ours and name.startswith(ours)) or age > FOREIGN_PART_S or probe.endswith(name)):
                await sftp.remove(self._at(f"{INCOMING}/{name}"))

    async def _send(self, sftp: "SFTPClient", part: str, copy: Copy, source: Path) -> None:
        pieces = read_pieces(source, copy, PIECE)
        async with sftp.open(part, "xb") as file:
            while piece := await asyncio.to_thread(next, pieces, b""):
                await file.write(piece)
                await self._flow.let(len(piece))
            await self._sync(file)
        if await self._measured(sftp, part) != Fetched(copy.size, copy.sha256):
            await asyncio.to_thread(check_source, source, copy)
            raise damaged(f"{copy.path} on {self._server.host}")
        await sftp.chmod(part, READ_ONLY)

    async def _name(self, sftp: "SFTPClient", part: str, target: str, copy: Copy) -> None:
        """Link, or where there are no links rename, which in this version of the protocol fails where the name is taken."""
        from asyncssh import SFTPFailure, SFTPFileAlreadyExists, SFTPOpUnsupported

        try:
            try:
                await sftp.link(part, target)
            except SFTPOpUnsupported:
                await sftp.rename(part, target)
        except (SFTPFailure, SFTPFileAlreadyExists) as error:
            if not await self._compare(sftp, copy):
                raise SinkDown(
                    f"{target} on {self._server.host} could not be given its name: {complaint(error)}",
                    means="The frame stays in the spool.",
                    remedy="The server must be able to make hard links, or to rename without overwriting.",
                ) from None

    async def _compare(self, sftp: "SFTPClient", copy: Copy) -> bool:
        """Whether the file is there already.

        Raises:
            CopyDiffers: it is there, and is something else.
        """
        found = await self._measured(sftp, self._at(copy.path))
        if found is not None and found != Fetched(copy.size, copy.sha256):
            raise differs(f"{copy.path} on {self._server.host}", found, copy)
        return found is not None

    async def _measured(self, sftp: "SFTPClient", path: str) -> Fetched | None:
        from asyncssh import SFTPNoSuchFile

        digest, size = hashlib.sha256(), 0
        try:
            async with sftp.open(path, "rb") as file:
                while piece := await _read(file, PIECE, size):
                    digest.update(piece)
                    size += len(piece)
                    await self._flow.let(len(piece))
        except SFTPNoSuchFile:
            return None
        return Fetched(size, digest.hexdigest())

    async def _sync(self, file: "SFTPClientFile") -> None:
        from asyncssh import SFTPOpUnsupported

        with contextlib.suppress(SFTPOpUnsupported):  # a server without fsync@openssh.com promises nothing
            await file.fsync()

    async def _sync_folder(self, sftp: "SFTPClient", folder: str) -> None:
        """OpenSSH lets a folder be opened and synced like a file; whoever does not, promises nothing."""
        from asyncssh import SFTPError

        with contextlib.suppress(SFTPError):
            async with sftp.open(folder, "rb") as file:
                await file.fsync()

    @asynccontextmanager
    async def _asking(self) -> AsyncGenerator["SFTPClient"]:
        """A session with the server, while something is asked of it; its complaints become ours."""
        import asyncssh

        try:
            if self._client is None:
                self._connection = await asyncio.wait_for(connect(self._server), self._server.patience_s)
                self._client = await asyncio.wait_for(self._connection.start_sftp_client(), self._server.patience_s)
            yield self._client
        except NightsideError:
            raise
        except (asyncssh.PermissionDenied, asyncssh.SFTPPermissionDenied) as error:
            await self.close()
            raise SinkRefused(
                f"{self._server.host} does not let the sink {self.name} do that as {self._server.user}: {complaint(error)}",
                means="The frames stay in the spool.",
                remedy="Look at the key, the account and the folder's permissions.",
            ) from None
        except (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded):
            raise self._full() from None
        except (asyncssh.Error, OSError, TimeoutError, ValueError) as error:
            full = isinstance(error, asyncssh.SFTPFailure) and await self._is_full()
            await self.close()
            if full:
                raise self._full() from None
            raise SinkDown(
                f"The sink {self.name} on {self._server.host} cannot be used: {complaint(error)}",
                means="The frames stay in the spool.",
                remedy="If this lasts, look at the network and the server.",
            ) from None

    async def _is_full(self) -> bool:
        """Whether a server that says no more than "failure" has no room left."""
        if self._client is None:
            return False
        try:
            found = await self._client.statvfs(self._server.root)
        except Exception:  # noqa: BLE001 — it was asked only to explain another failure better
            return False
        return int(found.bavail) == 0

    def _full(self) -> StorageFull:
        return StorageFull(
            f"There is no room left in {self._server.root} on {self._server.host}.",
            means="What is not yet copied stays in the spool; nothing is lost.",
            remedy="Free some room; Nightside goes on where it stopped.",
        )


async def _read(file: "SFTPClientFile", most: int, offset: int | None = None) -> bytes:
    """Bytes of a file that was opened for bytes; the library's own type leaves open which it was."""
    return cast("bytes", await file.read(most, offset))  # pyright: ignore[reportUnknownMemberType]
