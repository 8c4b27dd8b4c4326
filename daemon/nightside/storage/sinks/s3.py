"""A sink that is a bucket of an S3-compatible object store.

obstore speaks to it. Small files go in one request that the server refuses where the name is taken; large ones in parts, after a
look that the name is free. Each request carries its SHA-256, which servers that can do so check.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from nightside.errors import NightsideError
from nightside.storage.sinks.flow import CHUNK, Flow
from nightside.storage.sinks.folder import check_source
from nightside.storage.sinks.marker import MARKER, Notes, new_marker, number_in, recognize
from nightside.storage.sinks.s3_sending import Pieces, Sent, mapped
from nightside.storage.sinks.secret_files import read_credentials
from nightside.storage.sinks.sink import Copy, SinkDown, SinkRefused, damaged, differs
from nightside_drivers.api import Fetched
from nightside_drivers.clock import SystemClock

if TYPE_CHECKING:
    from obstore import ListStream, ObjectMeta
    from obstore.store import S3Config, S3Store

AT_ONCE = 2
"""Parts on their way at a time."""
SLOWEST_BYTES_S = 50_000
"""A request may take as long as its bytes take at this pace."""
SIGN_S = 5.0
"""How often (s) a request that is under way counts as a sign of life: obstore's own time limits end one that hangs."""
LONGEST_COMPLAINT = 300

ELSEWHERE = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
"""Any of these variables says that the environment has credentials."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Which bucket, and how to reach it."""

    name: str
    prefix: str = ""
    endpoint: str | None = None
    allow_http: bool = False
    region: str = "us-east-1"
    credentials: Path | None = None
    profile: str = "default"
    patience_s: float = 60
    """How long (s) a request may take, beyond what its bytes need, and how long it is tried again."""


class S3Sink:
    """A bucket, or a folder in one."""

    def __init__(
        self,
        name: str,
        bucket: Bucket,
        *,
        required: bool = True,
        order: int = 0,
        part_bytes: int = 16 << 20,
        by_digest: bool = False,
        notes: Notes | None = None,
        flow: Flow | None = None,
    ) -> None:
        """Nothing is asked yet. Files up to `part_bytes` are sent in one request; with `notes` the bucket is known by a marker."""
        self.name = name
        self.required = required
        self.order = order
        self._bucket = bucket
        self._part_bytes = part_bytes
        self._by_digest = by_digest
        self._notes = notes
        self._flow = flow or Flow()
        self._opened: S3Store | None = None

    def listen(self, listener: Callable[[int], None]) -> None:
        """Have somebody told of the bytes that move."""
        self._flow.listener = listener

    async def check(self) -> None:
        """List what is there, or begin to."""
        async with self._asking() as store:
            async for _ in _listing(store, 1):
                break
        await self._recognized()

    async def prepare(self) -> None:
        """Put the marker there, also where it is already, which proves that we may write.

        A bucket is not unplugged, but a configuration may come to name another one.
        """
        if self._notes is None:
            await self.keep_text(MARKER, "Nightside keeps frames here.\n")
            return
        text = await self._recognized()
        if text is None:
            _, text = new_marker(self.name)
            if not await self._put_new(MARKER, text):
                text = await self._recognized() or text  # another station was quicker
        await self.keep_text(MARKER, text)
        if (number := number_in(text)) is not None:
            await asyncio.to_thread(self._notes.note, number)

    async def _recognized(self) -> str | None:
        """The marker, if it has a number.

        Raises:
            SinkAbsent: the number is not the one that is known.
        """
        if self._notes is None:
            return None
        text = await self.text(MARKER)
        number = None if text is None else number_in(text)
        where = f"{self._bucket.prefix or 'the top'} of the bucket {self._bucket.name}"
        recognize(self.name, where, number, await asyncio.to_thread(self._notes.known))
        return None if number is None else text

    async def _put_new(self, path: str, text: str) -> bool:
        """Put a small text there, unless there is one with a number; says whether it did."""
        import obstore

        async with self._asking() as store:
            try:
                await obstore.put_async(store, path, text.encode(), mode="create", use_multipart=False)
            except obstore.exceptions.AlreadyExistsError:
                return False
            except (NotImplementedError, obstore.exceptions.NotSupportedError):
                return True
            return True

    async def store(self, copy: Copy, source: Path) -> None:
        """Send, and verify. What did not arrive whole is removed again; nobody else's object ever is."""
        import obstore

        if await self._compare(copy):
            return
        try:
            sent = await self._send(copy, source)
        except obstore.exceptions.AlreadyExistsError:
            if await self._compare(copy):  # another station, or a predecessor of ours that still runs, was quicker
                return
            raise SinkDown(f"The sink {self.name} says that {copy.path} is there, and that it is not.") from None
        if self._by_digest and sent.vouched_for:
            return
        found = await self.measure(copy.path)
        if found != Fetched(copy.size, copy.sha256):
            async with self._asking() as store:
                await obstore.delete_async(store, copy.path)
            await asyncio.to_thread(check_source, source, copy)
            raise damaged(f"{copy.path} in the bucket {self._bucket.name}")

    async def keep_text(self, path: str, text: str) -> None:
        """Put a manifest there; a new object takes the place of the old one in one step."""
        import obstore

        async with self._asking() as store:
            await obstore.put_async(store, path, text.encode(), use_multipart=False)

    async def text(self, path: str) -> str | None:
        """Read a manifest."""
        import obstore

        async with self._asking() as store:
            try:
                found = await obstore.get_async(store, path)
                return bytes(await found.bytes_async()).decode("utf-8", errors="replace")
            except FileNotFoundError:
                return None

    async def measure(self, path: str) -> Fetched | None:
        """Read an object back."""
        import obstore

        async with self._asking() as store:
            digest, size = hashlib.sha256(), 0
            try:
                found = await obstore.get_async(store, path)
            except FileNotFoundError:
                return None
            async for piece in found.stream(min_chunk_size=CHUNK):
                digest.update(piece)
                size += len(piece)
                await self._flow.let(len(piece))
            return Fetched(size, digest.hexdigest())

    async def names(self) -> AsyncIterator[str]:
        """List the bucket, page by page."""
        async with self._asking() as store:
            async for page in _listing(store, 1000):
                for found in page:
                    yield found["path"]

    async def room(self) -> int | None:
        """Nobody can tell."""
        return None

    async def close(self) -> None:
        """Forget the connections."""
        self._opened = None

    async def _compare(self, copy: Copy) -> bool:
        """Whether the object is there already.

        Raises:
            CopyDiffers: it is there, and is something else.
        """
        found = await self.measure(copy.path)
        if found is not None and found != Fetched(copy.size, copy.sha256):
            raise differs(f"{copy.path} in the bucket {self._bucket.name}", found, copy)
        return found is not None

    async def _send(self, copy: Copy, source: Path) -> Sent:
        if copy.size > self._part_bytes:
            return await self._send_in_parts(copy, source)
        import obstore

        whole = await asyncio.to_thread(mapped, source, copy)
        async with self._asking() as store:
            try:
                put = await obstore.put_async(store, copy.path, whole, mode="create", use_multipart=False)
            except (NotImplementedError, obstore.exceptions.NotSupportedError):  # an old server; the name was free just now
                put = await obstore.put_async(store, copy.path, whole, use_multipart=False)
        await self._flow.let(copy.size)
        return Sent(put, (await asyncio.to_thread(hashlib.md5, whole, usedforsecurity=False)).hexdigest())

    async def _send_in_parts(self, copy: Copy, source: Path) -> Sent:
        import obstore

        pieces = Pieces(source, copy, self._part_bytes, self._flow)
        try:
            async with self._asking() as store:
                put = await obstore.put_async(
                    store,
                    copy.path,
                    pieces.flow(),
                    use_multipart=True,
                    chunk_size=self._part_bytes,
                    max_concurrency=AT_ONCE,
                )
        except NightsideError as error:
            raise pieces.failure or error from None  # obstore has its own words for what the spool said
        return Sent(put, pieces.promise)

    @asynccontextmanager
    async def _asking(self) -> AsyncGenerator["S3Store"]:
        """The store, while something is asked of it; its complaints become ours."""
        import obstore

        signs = asyncio.create_task(self._give_signs())
        try:
            if self._opened is None:
                self._opened = await asyncio.to_thread(self._open)
            yield self._opened
        except NightsideError:
            raise
        except (obstore.exceptions.PermissionDeniedError, obstore.exceptions.UnauthenticatedError) as error:
            raise SinkRefused(
                f"The bucket {self._bucket.name} does not let the sink {self.name} in: {_complaint(error)}",
                means="The frames stay in the spool.",
                remedy="Look at the credentials and at what they may do: list, get, put and delete below the prefix.",
            ) from None
        except obstore.exceptions.AlreadyExistsError:
            raise
        except FileNotFoundError as error:
            raise SinkRefused(
                f"The bucket {self._bucket.name} of the sink {self.name} is not there: {_complaint(error)}",
                means="The frames stay in the spool.",
                remedy="Make the bucket, or name the right one.",
            ) from None
        except (obstore.exceptions.BaseError, OSError, ValueError) as error:
            raise SinkDown(
                f"The sink {self.name} cannot be used: {_complaint(error)}",
                means="The frames stay in the spool.",
                remedy="If this lasts, look at the network and the server.",
            ) from None
        finally:
            signs.cancel()

    async def _give_signs(self) -> None:
        clock = SystemClock()
        while True:
            await clock.sleep_until(clock.monotonic() + SIGN_S)
            self._flow.passed(0)

    def _open(self) -> "S3Store":
        from obstore.store import S3Store

        bucket = self._bucket
        config: S3Config = {"region": bucket.region, "checksum_algorithm": "sha256", "conditional_put": "etag"}
        if bucket.endpoint is not None:
            config["endpoint"] = bucket.endpoint
        if bucket.credentials is not None:
            found = read_credentials(bucket.credentials, bucket.profile)
            config["access_key_id"], config["secret_access_key"] = found.access_key_id, found.secret_access_key
            if found.token is not None:
                config["session_token"] = found.token
        elif not any(name in os.environ for name in ELSEWHERE):
            raise SinkRefused(
                f"There are no credentials for the sink {self.name}.",
                means="The frames stay in the spool.",
                remedy="Name a file with credentials = …, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            )
        return S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            config=config,
            client_options={
                "allow_http": bucket.allow_http,
                "connect_timeout": timedelta(seconds=20),
                "timeout": timedelta(seconds=bucket.patience_s + self._part_bytes / SLOWEST_BYTES_S),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=bucket.patience_s)},
        )


def _listing(store: "S3Store", page: int) -> "ListStream[Sequence[ObjectMeta]]":
    """What is in the bucket, so many objects at a time."""
    import obstore

    return obstore.list(store, chunk_size=page)  # pyright: ignore[reportUnknownMemberType] — of arrow tables, not installed


def _complaint(error: Exception) -> str:
    """The first line of what obstore says, which has the address and the server's words, and no credentials."""
    text = str(error).strip().partition("\n")[0]
    return text[:LONGEST_COMPLAINT]
