"""From plain options to a sink. Runs in the sink's own process, which loads the libraries of that kind and nothing else."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nightside.storage.sinks.flow import Flow
from nightside.storage.sinks.marker import Notes
from nightside.storage.sinks.sink import Sink

Options = Mapping[str, Any]
"""A sink's table with its paths resolved, and `spool`, the root of the spool. It holds no secrets, only where they are."""


def build(options: Options) -> Sink:
    """The sink of these options. Nothing is touched yet."""
    return BUILDERS[options["kind"]](options)


def flow_of(options: Options) -> Flow:
    """The limit of a sink."""
    rate = options.get("rate_mb_s")
    return Flow(None if rate is None else rate * 1e6)


def _folder(options: Options) -> Sink:
    from nightside.storage.sinks.folder import FolderSink

    mount = options.get("mount")
    return FolderSink(
        options["name"],
        Path(options["path"]),
        required=options["required"],
        order=options["order"],
        mount=None if mount is None else Path(mount),
        floor=int(options.get("floor_gb", 0) * 1e9),
        notes=Notes(Path(options["spool"]), options["name"]),
        flow=flow_of(options),
    )


def _s3(options: Options) -> Sink:
    from nightside.storage.sinks.s3 import Bucket, S3Sink

    credentials = options.get("credentials")
    bucket = Bucket(
        name=options["bucket"],
        prefix=options["prefix"],
        endpoint=options.get("endpoint"),
        allow_http=options["allow_http"],
        region=options["region"],
        credentials=None if credentials is None else Path(credentials),
        profile=options["profile"],
    )
    return S3Sink(
        options["name"],
        bucket,
        required=options["required"],
        order=options["order"],
        part_bytes=options["part_mb"] << 20,
        by_digest=options["verify"] == "digest",
        notes=Notes(Path(options["spool"]), options["name"]),
        flow=flow_of(options),
    )


def _sftp(options: Options) -> Sink:
    from nightside.storage.sinks.sftp import SftpSink
    from nightside.storage.sinks.ssh import Server

    server = Server(
        host=options["host"],
        port=options["port"],
        user=options["user"],
        root=options["path"],
        host_key=options.get("host_key"),
        known_hosts=_path(options, "known_hosts"),
        key=_path(options, "key"),
        passphrase=_path(options, "passphrase"),
        agent=os.environ.get("SSH_AUTH_SOCK"),
    )
    return SftpSink(
        options["name"],
        server,
        required=options["required"],
        order=options["order"],
        notes=Notes(Path(options["spool"]), options["name"]),
        flow=flow_of(options),
    )


def _path(options: Options, key: str) -> Path | None:
    found = options.get(key)
    return None if found is None else Path(found)


BUILDERS: Mapping[str, Callable[[Options], Sink]] = {"folder": _folder, "s3": _s3, "sftp": _sftp}
