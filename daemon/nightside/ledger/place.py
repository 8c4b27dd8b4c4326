"""Where a ledger is: in a file of this machine, or on a PostgreSQL server that several stations share."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_SECRET = re.compile(r"(://[^:/@\s]*:)[^/\s]*@|(\bpassword=)[^&\s]*")


@dataclass(frozen=True, slots=True)
class Server:
    """A database on a PostgreSQL server, and the name under which this station writes there. Shown without its password."""

    url: str = field(repr=False)
    """As in `postgresql+psycopg://user@host/database`."""
    station: str
    lock_wait_s: float = 30.0
    """How long to wait for the station's lock: a server takes some 25 s to notice that a station lost its power."""

    def __str__(self) -> str:
        return without_secrets(self.url)


Place = Path | Server


def without_secrets(text: str) -> str:
    """The same text, with three stars for every password of a URL in it."""
    return _SECRET.sub(lambda found: f"{found[1]}***@" if found[1] else f"{found[2]}***", text)
