"""The ledger's tables. Instants are UTC; paths are as the body or the file system names them."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    false,
)

REVISION = "0002"
"""The newest of the scripts in `migrations`: what the tables below are. A ledger of a revision that is not there is refused."""

BEFORE_REVISIONS = "2"
"""What a Nightside from before the migrations finds in `about`: it refuses versions above 1."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite keeps no zone, so it is taken off on the way in and put on again on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def clean(text: str) -> str:
    """What bodies, servers and people say, without what no database keeps: a NUL, half of a surrogate pair."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


class Words(TypeDecorator[str]):
    """What bodies, servers and people say, `clean`."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Into the database."""
        return None if value is None else clean(value)


metadata = MetaData()

about = Table("about", metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False))

revision = Table("alembic_version", metadata, Column("version_num", String(32), nullable=False, primary_key=True))

windows = Table(
    "windows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session", String, nullable=False),
    Column("name", Words, nullable=False),
    Column("serial", Words, nullable=False),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("card_before", JSON(none_as_null=True)),  # paths on the card when the window was armed; null: never listed
    Column("phase", String, nullable=False),
    Column("outcome", Words),  # how it went, for a person to read; null until it is closed
    Column("station", String, nullable=False, server_default=""),  # who shot it, where several share a ledger
    Column("program", String, nullable=False, server_default=""),  # the plan's, to look for
    UniqueConstraint("station", "session", "name", "serial", name="windows_once"),
    Index("windows_phase", "phase"),
    Index("windows_session", "session"),
    Index("windows_serial", "serial", "phase"),
    Index("windows_program", "serial", "program", "end"),
)

shots = Table(
    "shots",
    metadata,
    Column("window_id", Integer, ForeignKey("windows.id"), primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("open_at", Instant, nullable=False),
    Column("close_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Words),
    Column("opened_at", Instant),
    Column("opened_late_s", Float),  # on the clock that cannot be stepped, so not always opened_at - open_at
    Column("closed_at", Instant),
    Column("commanded_at", Instant),  # when the body, or the wire, was told to open
    Column("contact_at", Instant),  # what the sync contact said, where one is wired
    Column("contact_closed_at", Instant),
    Column("settings", JSON(none_as_null=True)),  # what the body really took
    Index("shots_state", "window_id", "state"),
)

frames = Table(
    "frames",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("window_id", Integer, ForeignKey("windows.id"), nullable=False),
    Column("shot_index", Integer),  # null: found on the card, and no shot explains it
    Column("folder", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("state", String, nullable=False),
    Column("size", BigInteger),
    Column("sha256", String(64)),
    Column("spool_path", String),
    Column("adopted", Boolean, nullable=False, default=False),  # found by looking at the card, not announced by the body
    Column("made_at", Float),  # s on the body's own clock: as its card lists it, and later as the file's EXIF says
    Column("kind", String, nullable=False, server_default="other"),
    Column("flag", String),  # why it is kept and not counted as its shot
    Column("error", Words),  # why it could not be moved on, the last time that was tried
    Column("pruned_at", Instant),  # when the spool's copy was removed; null: it lies there, if it was ever drained
    Column("rebuilt", Boolean, nullable=False, server_default=false()),  # from what was left of a damaged ledger: never deleted
    UniqueConstraint("window_id", "folder", "name"),
    Index("frames_state", "state", "id"),
    Index("frames_shot", "window_id", "shot_index"),
    Index("frames_sha256", "sha256"),
)

tallies = Table(  # how many frames of a window are in a state, kept with every step, so that nobody counts all of them
    "tallies",
    metadata,
    Column("window_id", Integer, ForeignKey("windows.id"), primary_key=True),
    Column("state", String, primary_key=True),
    Column("frames", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

copies = Table(
    "copies",
    metadata,
    Column("frame_id", Integer, ForeignKey("frames.id"), primary_key=True),
    Column("sink", String, primary_key=True),
    Column("path", Words, nullable=False),
    Column("verified_at", Instant, nullable=False),
    Index("copies_sink", "sink", "verified_at"),
)

readings = Table(
    "readings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("window_id", Integer, ForeignKey("windows.id")),  # null: read between windows
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False),
    Column("value", Float, nullable=False),
    Index("readings_window", "window_id", "kind"),
    Index("readings_kind", "kind", "at"),
)

body_clocks = Table(
    "body_clocks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("serial", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("seconds", Float, nullable=False),  # the body's clock minus UTC
    Column("sigma_s", Float, nullable=False),
    Index("body_clocks_serial", "serial", "at"),
)

sink_troubles = Table(
    "sink_troubles",
    metadata,
    Column("station", String, primary_key=True),
    Column("sink", String, primary_key=True),
    Column("code", String, nullable=False),
    Column("says", Words, nullable=False),
    Column("since", Instant, nullable=False),
    Column("last", Instant, nullable=False),
    Column("times", Integer, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False),
    Column("window_id", Integer),
    Column("shot_index", Integer),
    Column("frame_id", Integer),
    Column("detail", JSON, nullable=False, default=dict),
    Index("events_window", "window_id"),
)
