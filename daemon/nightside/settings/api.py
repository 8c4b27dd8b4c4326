"""The table of the HTTP API."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from nightside.settings.table import Table


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError("it must be an address of this computer, such as 127.0.0.1, or 0.0.0.0 for all of them") from None


class Api(Table):
    """How a running daemon can be asked and commanded over HTTP. From this computer alone, unless it says otherwise."""

    enabled: bool = True
    """False: no port is opened. Commands on this computer reach the daemon all the same."""

    listen: Annotated[str, AfterValidator(_address)] = "127.0.0.1"
    """On which address. From beyond this computer a token is needed (`nightside token`)."""
    port: int = Field(default=8321, ge=0, le=65535)
    """0 for whichever is free."""
    names: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")], ...] = ()
    """Names and addresses by which other computers call this one; a request that calls it otherwise is refused."""
    loopback_token: bool = False
    """Whether a token is needed from this computer too: for a reverse proxy on it that does not say whom it asks for.
    Commands on this computer need none all the same."""
    page: bool = True
    """Whether there is a page for browsers too."""
    certificate: Path | None = None
    """PEM, for https; with its key."""
    key: Path | None = None
    tokens: Path = Path("tokens.json")
    """Where the tokens' hashes are kept."""
    thumbnails: Path = Path("thumbnails")
    """Where small pictures of the frames are kept. They may be removed at any time: they are made again."""
    thumbnails_mb: int = Field(default=300, ge=10, le=1_000_000)
    """How much room they may take; those that were made longest ago go first."""

    @property
    def local(self) -> bool:
        """Whether only this computer can reach it."""
        return ip_address(self.listen).is_loopback

    @property
    def wants_tokens(self) -> bool:
        """Whether there is anybody who can reach it and is let in by a token alone."""
        return self.enabled and (self.loopback_token or not self.local)

    @model_validator(mode="after")
    def _certificate_has_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key come together, or not at all")
        return self
