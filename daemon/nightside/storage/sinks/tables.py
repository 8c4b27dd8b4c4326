"""What the configuration says of each kind of sink. `nightside.settings` puts these into its `[storage]` table."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

FINGERPRINT = r"^SHA256:[A-Za-z0-9+/]{43}$"
KINDS = ("folder", "s3", "sftp")


class SinkTable(BaseModel):
    """What every kind of sink has."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    required: bool = True
    """Whether a frame is safe only once this sink holds a verified copy of it."""
    order: int = Field(default=0, ge=0, le=100)
    """Sinks of a lower order are fed first; a later one waits for them unless they fail."""
    rate_mb_s: float | None = Field(default=None, gt=0, le=10000)
    """The most (MB/s) that goes into this sink or, when verified, comes out of it."""
    give_up_s: float = Field(default=120, ge=5, le=3600)
    """After how long (s) without a single byte moving the sink counts as hanging, and its process is ended."""


class FolderSinkTable(SinkTable):
    """A folder: on a disk of this machine, on a USB disk, or mounted over NFS or SMB."""

    kind: Literal["folder"] = "folder"
    path: Path
    mount: Path | None = None
    """The mount point that must be mounted for `path` to be used, where there is one."""
    floor_gb: float = Field(default=0, ge=0)
    """Room (GB) that is left free on its disk: nothing is stored below it."""


class S3SinkTable(SinkTable):
    """A bucket of an S3-compatible object store."""

    kind: Literal["s3"]
    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    prefix: str = Field(default="", pattern=r"^([A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*)?$")
    """The folder in the bucket below which everything is kept; a lifecycle rule can name it."""
    endpoint: str | None = Field(default=None, pattern=r"^https?://[^/@?#\s]+/?$")
    """The server, where it is not Amazon's."""
    allow_http: bool = False
    """Whether the endpoint may be spoken to in the clear."""
    region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,40}$")
    credentials: Path | None = None
    """A file in the form of ~/.aws/credentials that only its owner can read; otherwise the AWS_ variables of the environment."""
    profile: str = "default"
    """The section of that file."""
    part_mb: int = Field(default=16, ge=5, le=512)
    """Files up to this size (MB) are sent in one conditional request; larger ones in parts of this size."""
    verify: Literal["read", "digest"] = "read"
    """How a copy is verified: by reading it back, or by the digest that the server computed of what it received (and by reading
    it back where the server gives none)."""

    @model_validator(mode="after")
    def _in_the_clear_only_when_it_says_so(self) -> Self:
        if self.endpoint is not None and self.endpoint.startswith("http://") and not self.allow_http:
            raise ValueError(
                "the endpoint is http://, which sends everything in the clear: say allow_http = true if that is meant"
            )
        return self


class SftpSinkTable(SinkTable):
    """A folder on an SSH server."""

    kind: Literal["sftp"]
    host: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,255}$")
    port: int = Field(default=22, ge=1, le=65535)
    user: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")
    path: str = Field(default=".", pattern=r"^[^\x00-\x1f]+$")
    """The folder on the server; relative ones count from the user's home."""
    host_key: str | None = Field(default=None, pattern=FINGERPRINT)
    """The fingerprint of the server's key, as `ssh-keygen -lf` prints it."""
    known_hosts: Path | None = None
    """A file of host keys in the form of ~/.ssh/known_hosts."""
    key: Path | None = None
    """The private key to log in with, readable only by its owner; otherwise the keys of the agent at SSH_AUTH_SOCK."""
    passphrase: Path | None = None
    """A file with the passphrase of that key, readable only by its owner."""

    @model_validator(mode="after")
    def _host_is_pinned(self) -> Self:
        if self.host_key is None and self.known_hosts is None:
            raise ValueError(f"the key of {self.host} must be pinned: name a host_key (its fingerprint) or a known_hosts file")
        if self.passphrase is not None and self.key is None:
            raise ValueError("passphrase needs a key to open")
        return self


def _kind(table: Any) -> str | None:
    if isinstance(table, dict):
        return str(cast("dict[str, Any]", table).get("kind", "folder"))
    return getattr(table, "kind", None)


AnySink = Annotated[
    Annotated[FolderSinkTable, Tag("folder")] | Annotated[S3SinkTable, Tag("s3")] | Annotated[SftpSinkTable, Tag("sftp")],
    Discriminator(
        _kind,
        custom_error_type="sink_kind",
        custom_error_message=f"its kind must be one of {', '.join(KINDS)}",
    ),
]
"""Any sink, told by its `kind`; a folder where it does not say."""
