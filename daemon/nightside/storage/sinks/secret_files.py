"""Files that hold secrets: read late, read only when nobody else can, and never repeated in a message."""

import configparser
import stat
from dataclasses import dataclass, field
from pathlib import Path

from nightside.storage.sinks.sink import SinkRefused

LONGEST = 65_536


def read_secret(path: Path) -> str:
    """The text of a file that only its owner can read.

    Raises:
        SinkRefused: it is not there, or others can read it.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            mode = stat.S_IMODE(path.stat().st_mode)
            text = file.read(LONGEST)
    except OSError as error:
        raise SinkRefused(f"The file {path}, which should hold a secret, cannot be read: {error.strerror}.") from error
    if mode & 0o077:
        raise SinkRefused(
            f"The file {path} holds a secret, and others can read it (mode {mode:04o}).",
            means="It was not used.",
            remedy=f"Make it yours alone: chmod 600 {path}",
        )
    return text


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys of an object store. Their repr does not show them."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def read_credentials(path: Path, profile: str) -> Credentials:
    """One section of a file in the form of ~/.aws/credentials.

    Raises:
        SinkRefused: it cannot be used.
    """
    parser = configparser.RawConfigParser(default_section="\0")  # to this file, [default] is a section like any other
    try:
        parser.read_string(read_secret(path))
        section = parser[profile]
        return Credentials(section["aws_access_key_id"], section["aws_secret_access_key"], section.get("aws_session_token"))
    except (configparser.Error, KeyError):  # neither is shown: both quote the line, and the line may be the secret
        raise SinkRefused(
            f"The file {path} has no section [{profile}] with aws_access_key_id and aws_secret_access_key.",
            remedy="Write it as ~/.aws/credentials is written.",
        ) from None
