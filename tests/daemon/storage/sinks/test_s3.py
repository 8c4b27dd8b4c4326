"""Object stores: who may come in, what a lying or failing network does, and what the server vouches for."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nightside.storage.sinks.marker import MARKER, Notes
from nightside.storage.sinks.s3 import Bucket, S3Sink
from nightside.storage.sinks.sink import CopyDamaged, CopyDiffers, SinkAbsent, SinkDown, SinkRefused
from tests.daemon.storage.sinks.conftest import COUNTERS, MakeCopy
from tests.daemon.storage.sinks.servers import Proxy, Store

MARK = b"HERE-IT-IS-SPOILT"
Proxied = Callable[[int], Proxy]


def sink_at(store: Store, port: int | None = None, **options: object) -> tuple[S3Sink, str]:
    prefix = f"s3-{next(COUNTERS)}"
    bucket = store.bucket(prefix, port)
    given = {"by_digest": False, "part_bytes": 5 << 20} | options
    quick = Bucket(bucket.name, prefix, bucket.endpoint, allow_http=True, credentials=bucket.credentials, patience_s=5)
    return S3Sink("cloud", quick, **given), prefix  # type: ignore[arg-type]


def marked(size: int) -> bytes:
    return b"a" * (size // 2) + MARK + b"b" * (size // 2)


@pytest.mark.parametrize("by_digest", [False, True], ids=["read back", "by the server's digest"])
@pytest.mark.parametrize("size", [10_000, 7_000_000], ids=["at once", "in parts"])
async def test_what_is_spoilt_on_the_way_is_noticed_and_removed(
    object_store: Store, proxied: Proxied, make_copy: MakeCopy, size: int, *, by_digest: bool
) -> None:
    proxy = proxied(object_store.port)
    proxy.up = lambda piece: piece.replace(MARK, b"x" * len(MARK))
    sink, prefix = sink_at(object_store, proxy.port, by_digest=by_digest)
    copy, source = make_copy(content=marked(size))
    with pytest.raises(CopyDamaged, match="did not arrive as it was sent"):
        await sink.store(copy, source)
    assert object_store.peek(f"{prefix}/{copy.path}") is None
    proxy.up = lambda piece: piece
    await sink.store(copy, source)
    assert object_store.peek(f"{prefix}/{copy.path}") == source.read_bytes()


async def test_a_store_that_shows_something_else_than_it_was_given_is_not_believed(
    object_store: Store, proxied: Proxied, make_copy: MakeCopy
) -> None:
    proxy = proxied(object_store.port)
    proxy.down = lambda piece: piece.replace(MARK, b"x" * len(MARK))
    sink, _ = sink_at(object_store, proxy.port)
    with pytest.raises(CopyDamaged):
        await sink.store(*make_copy(content=marked(10_000)))


async def test_a_store_that_lies_about_sizes_is_not_believed(
    object_store: Store, proxied: Proxied, make_copy: MakeCopy
) -> None:
    proxy = proxied(object_store.port)
    copy, source = make_copy(content=marked(10_000))

    def shorten(piece: bytes) -> bytes:
        return re.sub(rb"(?i)(content-length: )%d" % copy.size, rb"\g<1>%d" % (copy.size - 100), piece)

    proxy.down = shorten
    sink, prefix = sink_at(object_store, proxy.port)
    with pytest.raises((CopyDamaged, SinkDown)):
        await sink.store(copy, source)
    proxy.down = lambda piece: piece
    await sink.store(copy, source)
    assert object_store.peek(f"{prefix}/{copy.path}") == source.read_bytes()


@pytest.mark.parametrize("after", [0, 3_000, 3_000_000], ids=["at once", "in the head", "in mid transfer"])
async def test_a_connection_that_breaks_loses_nothing_and_leaves_nothing_torn(
    object_store: Store, proxied: Proxied, make_copy: MakeCopy, after: int
) -> None:
    proxy = proxied(object_store.port)
    left = after

    def cut(piece: bytes) -> bytes | None:
        nonlocal left
        left -= len(piece)
        return piece if left > 0 else None

    proxy.up = cut
    sink, prefix = sink_at(object_store, proxy.port)
    copy, source = make_copy(content=7_000_000)
    with pytest.raises(SinkDown, match="cannot be used"):
        await sink.store(copy, source)
    assert object_store.peek(f"{prefix}/{copy.path}") is None
    proxy.up = lambda piece: piece
    await sink.store(copy, source)
    assert object_store.peek(f"{prefix}/{copy.path}") == source.read_bytes()


async def test_a_store_that_says_nothing_is_given_up_on(object_store: Store, proxied: Proxied, make_copy: MakeCopy) -> None:
    proxy = proxied(object_store.port)
    proxy.up = lambda _: b""
    endpoint = f"http://127.0.0.1:{proxy.port}"
    bucket = Bucket("frames", "x", endpoint, allow_http=True, credentials=object_store.credentials, patience_s=0.2)
    mute = S3Sink("cloud", bucket, part_bytes=1000)
    with pytest.raises(SinkDown):
        await mute.store(*make_copy(content=500))


async def test_a_port_where_nobody_listens_is_a_sink_that_is_down(object_store: Store, proxied: Proxied) -> None:
    proxy = proxied(object_store.port)
    proxy.up = lambda _: None
    sink, _ = sink_at(object_store, proxy.port)
    with pytest.raises(SinkDown):
        await sink.check()


async def test_a_bucket_that_is_not_there_is_named(object_store: Store) -> None:
    missing = Bucket(
        "no-such-bucket", "", f"http://127.0.0.1:{object_store.port}", allow_http=True, credentials=object_store.credentials
    )
    with pytest.raises(SinkRefused, match="bucket no-such-bucket of the sink cloud is not there"):
        await S3Sink("cloud", missing).prepare()


async def test_a_bucket_that_another_one_was_put_in_the_place_of_is_told_by_its_number(
    object_store: Store, tmp_path: Path
) -> None:
    """As when the configuration comes to name another prefix: nothing is taken to be there."""
    notes = Notes(tmp_path / "spool", "cloud")
    first, prefix = sink_at(object_store, notes=notes)
    await first.prepare()
    marker = object_store.peek(f"{prefix}/{MARKER}")
    again, _ = sink_at(object_store, notes=notes)
    for ask in (again.prepare, again.check):
        with pytest.raises(SinkAbsent, match="has lost its marker"):
            await ask()
    await first.prepare()
    assert object_store.peek(f"{prefix}/{MARKER}") == marker
    assert f"id: {await asyncio.to_thread(notes.known)}\n".encode() in (marker or b"")


async def test_a_bucket_with_a_marker_from_before_there_were_numbers_gets_one(object_store: Store, tmp_path: Path) -> None:
    sink, prefix = sink_at(object_store, notes=Notes(tmp_path / "spool", "cloud"))
    object_store.plant(f"{prefix}/{MARKER}", b"Nightside keeps frames here.\n")
    await sink.prepare()
    assert b"\nid: " in (object_store.peek(f"{prefix}/{MARKER}") or b"")


async def test_an_object_that_is_somebody_else_s_is_left_alone(object_store: Store, make_copy: MakeCopy) -> None:
    sink, prefix = sink_at(object_store, by_digest=True)
    copy, source = make_copy(content=7_000_000)
    object_store.plant(f"{prefix}/{copy.path}", b"mine")
    with pytest.raises(CopyDiffers):
        await sink.store(copy, source)
    assert object_store.peek(f"{prefix}/{copy.path}") == b"mine"


async def test_each_request_carries_its_sha_256_for_servers_that_check_it(
    object_store: Store, proxied: Proxied, make_copy: MakeCopy
) -> None:
    proxy = proxied(object_store.port)
    seen: list[bytes] = []

    def watch(piece: bytes) -> bytes:
        seen.append(piece)
        return piece

    proxy.up = watch
    sink, _ = sink_at(object_store, proxy.port)
    await sink.store(*make_copy("s/w/small.nef", 1000))
    await sink.store(*make_copy("s/w/large.nef", 7_000_000))
    requests = b"".join(seen)
    assert requests.count(b"x-amz-checksum-sha256:") >= 1 + 2  # the small one, and each part of the large one
    assert b"if-none-match: *" in requests


CREDENTIALS = {
    "others can read it": ("[default]\naws_access_key_id = A\naws_secret_access_key = hush\n", 0o644, "chmod 600"),
    "another section": ("[work]\naws_access_key_id = A\naws_secret_access_key = hush\n", 0o600, "no section"),
    "half a pair": ("[default]\naws_secret_access_key = hush\n", 0o600, "no section"),
    "not a section at all": ("aws_secret_access_key = hush\n", 0o600, "no section"),
}


@pytest.mark.parametrize(("text", "mode", "says"), CREDENTIALS.values(), ids=CREDENTIALS)
async def test_credentials_that_cannot_be_used_are_refused_and_never_repeated(
    tmp_path: Path, text: str, mode: int, says: str
) -> None:
    path = tmp_path / "credentials"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(SinkRefused, match=says) as refused:
        await S3Sink("cloud", Bucket("frames", credentials=path)).check()
    assert "hush" not in str(refused.value)


async def test_no_credentials_anywhere_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SinkRefused, match="There are no credentials for the sink cloud"):
        await S3Sink("cloud", Bucket("frames")).check()


async def test_the_environment_may_have_the_credentials(object_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "A")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    await S3Sink("cloud", Bucket("frames", "env", f"http://127.0.0.1:{object_store.port}", allow_http=True)).prepare()
    assert object_store.peek("env/.nightside-sink") is not None


async def test_no_complaint_repeats_a_secret(object_store: Store, proxied: Proxied, make_copy: MakeCopy) -> None:
    proxy = proxied(object_store.port)
    proxy.up = lambda _: None
    sink, _ = sink_at(object_store, proxy.port)
    with pytest.raises(SinkDown) as down:
        await sink.store(*make_copy())
    assert "very-secret-indeed" not in f"{down.value!r} {down.value.__cause__!r} {down.value.__context__!r} {sink!r}"
