"""Options that several commands share."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from nightside.cli.completing import toml_files
from nightside.errors import RangeRefused

Config = Annotated[
    Path,
    typer.Option(
        "--config", "-c", help="Configuration (TOML).", envvar="NIGHTSIDE_CONFIG", show_default=True, autocompletion=toml_files
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def _web_address(text: str | None) -> str | None:
    if text is not None and not _understood(text):
        raise typer.BadParameter("it is written as in https://cupola.local:8321")
    return text


def _understood(url: str) -> bool:
    """Whether a client could ask there: what httpx and the system's resolver raise of an address is no error of theirs."""
    import httpx

    if not re.fullmatch(r"https?://[^/?#@\s]+/?", url):
        return False
    try:
        host, port = httpx.URL(url).raw_host, httpx.URL(url).port
        host.decode().encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        return False
    return host.strip(b".") != b"" and (port is None or 0 < port <= LARGEST_PORT)


Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="A daemon on another computer, as in https://cupola.local:8321; its token is read from NIGHTSIDE_TOKEN.",
        envvar="NIGHTSIDE_URL",
        callback=_web_address,
        show_envvar=True,
    ),
]

LARGEST_PORT = 65535
DEFAULT_CONFIG = Path("nightside.toml")


def instant(text: str, option: str) -> datetime:
    """An instant given on the command line: ISO 8601, UTC where it names no zone.

    Raises:
        RangeRefused: it is not one.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RangeRefused(
            f"{option} is {text!r}, which is not an instant.", remedy="Write it as in 2025-05-22T18:30:00Z."
        ) from None
    if not 1900 < found.year < 2200:
        raise RangeRefused(
            f"{option} is {text}, and the sky is not computed so far away.", remedy="Name a year nearer to ours."
        )
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
