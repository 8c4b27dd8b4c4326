"""What is sent to an object store: a file whole or in parts, and the digest that the server should have made of it."""

import asyncio
import hashlib
import mmap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from nightside.storage.sinks.flow import Flow
from nightside.storage.sinks.folder import check_source, read_pieces, spoiled
from nightside.storage.sinks.sink import Copy, SpoolDamaged

if TYPE_CHECKING:
    from obstore import PutResult


class Sent:
    """What the server said of an object that it took, and what it must have said if it computes digests as S3 does."""

    def __init__(self, put: "PutResult", promise: str) -> None:
        """`promise` is the entity tag that S3 itself would give."""
        self.e_tag = (put.get("e_tag") or "").strip('"')
        self.promise = promise

    @property
    def vouched_for(self) -> bool:
        """Whether the server computed the digest of the very bytes that were sent."""
        return self.e_tag == self.promise


class Pieces:
    """A file on its way in parts."""

    def __init__(self, source: Path, copy: Copy, part_bytes: int, flow: Flow) -> None:
        """Nothing is read yet."""
        self._source = source
        self._copy = copy
        self._part_bytes = part_bytes
        self._flow = flow
        self._parts: list[bytes] = []
        self.failure: SpoolDamaged | None = None

    async def flow(self) -> AsyncIterator[bytes]:
        """Its bytes, a piece at a time, at the pace that is allowed.

        Raises:
            SpoolDamaged: it is not what was drained. The last part is then never sent, and the object never comes to be.
        """
        pieces, whole, part, inside = read_pieces(self._source, self._copy), hashlib.sha256(), md5(), 0
        try:
            while piece := await asyncio.to_thread(next, pieces, b""):
                whole.update(piece)
                while piece:
                    now, piece = piece[: self._part_bytes - inside], piece[self._part_bytes - inside :]
                    part.update(now)
                    inside += len(now)
                    if inside == self._part_bytes:
                        self._parts.append(part.digest())
                        part, inside = md5(), 0
                    yield now
                    await self._flow.let(len(now))
            if whole.hexdigest() != self._copy.sha256:
                raise spoiled(self._source, self._copy, f"its SHA-256 is {whole.hexdigest()}, not {self._copy.sha256}")
        except SpoolDamaged as error:
            self.failure = error
            raise
        if inside:
            self._parts.append(part.digest())

    @property
    def promise(self) -> str:
        """The entity tag of an object that was sent in these parts."""
        return f"{md5(b''.join(self._parts)).hexdigest()}-{len(self._parts)}"


def md5(start: bytes = b"") -> "hashlib._Hash":
    """What S3 makes entity tags of; nothing secret depends on it."""
    return hashlib.md5(start, usedforsecurity=False)


def mapped(source: Path, copy: Copy) -> mmap.mmap | bytes:
    """A file's bytes, in the kernel's memory of it and not in ours.

    Raises:
        SpoolDamaged: it is not what was drained.
    """
    check_source(source, copy)
    try:
        with source.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if copy.size else b""
    except OSError as error:
        raise spoiled(source, copy, f"it cannot be read: {error.strerror}") from error
