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
)

VERSION = 1
"""Raised with every change of a table; a ledger of a higher version is refused."""


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


metadata = MetaData()

about = Table("about", metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False))

windows = Table(
    "windows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session", String, nullable=False),
    Column("name", String, nullable=False),
    Column("serial", String, nullable=False),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("card_before", JSON(none_as_null=True)),  # paths on the card when the window was armed; null: never listed
    Column("phase", String, nullable=False),
    UniqueConstraint("session", "name", "serial"),
    Index("windows_phase", "phase"),
)

shots = Table(
    "shots",
    metadata,
    Column("window_id", Integer, ForeignKey("windows.id"), primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("open_at", Instant, nullable=False),
    Column("close_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("opened_at", Instant),
    Column("opened_late_s", Float),  # on the clock that cannot be stepped, so not always opened_at - open_at
    Column("closed_at", Instant),
    Index("shots_state", "window_id", "state"),
)

frames = Table(
    "frames",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("window_id", Integer, ForeignKey("windows.id"), nullable=False),
    Column("shot_index", Integer),  # null: found on the card, and no shot explains it
    Column("folder", String, nullable=False),
    Column("name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("size", BigInteger),
    Column("sha256", String(64)),
    Column("spool_path", String),
    Column("adopted", Boolean, nullable=False, default=False),  # found by looking at the card, not announced by the body
    UniqueConstraint("window_id", "folder", "name"),
    Index("frames_state", "state"),
    Index("frames_shot", "window_id", "shot_index"),
)

copies = Table(
    "copies",
    metadata,
    Column("frame_id", Integer, ForeignKey("frames.id"), primary_key=True),
    Column("sink", String, primary_key=True),
    Column("path", String, nullable=False),
    Column("verified_at", Instant, nullable=False),
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
