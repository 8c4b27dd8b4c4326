"""Pictures one after the other, as a film: bare for a file or a player, in parts for a browser."""

from collections.abc import AsyncIterator

from nightside.focus.viewfinder import Shown

BOUNDARY = "nightside-frame"
CONTENT_TYPE = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
"""What an HTTP answer made of `multipart` says that it is."""


async def multipart(pictures: AsyncIterator[Shown]) -> AsyncIterator[bytes]:
    """The body of an HTTP answer that a browser shows in an `<img>`: each picture takes the place of the one before (RFC 2046)."""
    async for shown in pictures:
        yield part(shown.jpeg)


def part(jpeg: bytes) -> bytes:
    """One picture of `multipart`. It says its length, so that a browser shows it before the next one is there."""
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"
