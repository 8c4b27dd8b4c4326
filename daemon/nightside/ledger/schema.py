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

REVISION = "0006"
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

about = Table(
    "about",
    metadata,
    Column("key", String, primary_key=True, doc="`version`, `rebuilt_at`, or `sink STATION/NAME`"),
    Column("value", String, nullable=False, doc="its value"),
    info={
        "says": "What this is: a version, for a Nightside from before there were revisions; when it was rebuilt, if ever; and "
        "the number in each sink's marker, by which it is told from another of its name."
    },
)

revision = Table(
    "alembic_version",
    metadata,
    Column("version_num", String(32), nullable=False, primary_key=True),
    info={"says": "The revision of the tables: the newest of the scripts in `nightside/ledger/migrations` that has been run."},
)

windows = Table(
    "windows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session", String, nullable=False, doc="the night it belongs to, as in `20180703-star-trail`"),
    Column("name", Words, nullable=False, doc="the instant it starts, as in `20180703T200634Z`"),
    Column("serial", Words, nullable=False, doc="of the body"),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("plan", JSON, nullable=False, doc="the whole plan, as it was decided"),
    Column("card_before", JSON(none_as_null=True), doc="paths on the card when the window was armed; null: never listed"),
    Column("phase", String, nullable=False, doc="how far it has come"),
    Column("outcome", Words, doc="how it went, for a person to read; null until it is closed"),
    Column("station", String, nullable=False, server_default="", doc="who shot it, where several share a ledger"),
    Column("program", String, nullable=False, server_default="", doc="the plan's, to look for"),
    Column("arming", Integer, nullable=False, server_default="0", doc="in `armings`; 0: the configuration's programs"),
    Column("quality", Words, doc="the image quality, as the body said it when the window was armed; null: it did not say"),
    UniqueConstraint("station", "session", "name", "serial", name="windows_once"),
    Index("windows_phase", "phase"),
    Index("windows_session", "session"),
    Index("windows_serial", "serial", "phase"),
    Index("windows_program", "serial", "program", "end"),
    Index("windows_arming", "arming", "serial"),
    info={"says": "One window on one body of one station, with the plan that was decided for it."},
)

armings = Table(
    "armings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("station", String, nullable=False, doc="whose choice"),
    Column("serial", Words, nullable=False, doc="of the body; empty: every body of the station"),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False, doc="`configured`, `program` or `nothing`"),
    Column("program", JSON(none_as_null=True), doc="the whole program, where one was given"),
    Column("windows", Integer, doc="for how many; null: until the next row. The windows that name this row are counted."),
    Index("armings_body", "station", "serial", "id"),
    info={
        "says": "What persons chose to have shot at the next windows. Only ever added to: of the rows of a body the last one "
        "holds, and when its windows are shot, the last one that is not for a number of windows."
    },
)

shots = Table(
    "shots",
    metadata,
    Column("window_id", Integer, ForeignKey("windows.id"), primary_key=True),
    Column("index", Integer, primary_key=True, doc="in the plan"),
    Column("open_at", Instant, nullable=False, doc="planned"),
    Column("close_at", Instant, nullable=False, doc="planned"),
    Column("state", String, nullable=False, doc="how far it has come"),
    Column("reason", Words, doc="why it was missed, for a person"),
    Column("opened_at", Instant, doc="when it was really opened"),
    Column("opened_late_s", Float, doc="on the clock that cannot be stepped, so not always opened_at - open_at"),
    Column("closed_at", Instant, doc="when the body said that it was over"),
    Column("commanded_at", Instant, doc="when the body, or the wire, was told to open"),
    Column("contact_at", Instant, doc="what the sync contact said, where one is wired"),
    Column("contact_closed_at", Instant, doc="the same of the end"),
    Column("settings", JSON(none_as_null=True), doc="what the body really took"),
    Index("shots_state", "window_id", "state"),
    info={"says": "Every planned exposure, and what became of it."},
)

frames = Table(
    "frames",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("window_id", Integer, ForeignKey("windows.id"), nullable=False),
    Column("shot_index", Integer, doc="null: found on the card, and no shot explains it"),
    Column("folder", Words, nullable=False, doc="on the card, as the body names it"),
    Column("name", Words, nullable=False, doc="on the card, as the body names it"),
    Column("state", String, nullable=False, doc="how far it has come"),
    Column("size", BigInteger, doc="bytes, once drained"),
    Column("sha256", String(64), doc="of those bytes, in lower-case hex"),
    Column("spool_path", String, doc="where it lies, or lay, below the spool's root"),
    Column("adopted", Boolean, nullable=False, default=False, doc="found by looking at the card, not announced by the body"),
    Column("made_at", Float, doc="s on the body's own clock: as its card lists it, and later as the file's EXIF says"),
    Column("kind", String, nullable=False, server_default="other", doc="`nef`, `jpeg` or `other`, by its extension"),
    Column("flag", String, doc="why it is kept and not counted as its shot"),
    Column("error", Words, doc="why it could not be moved on, the last time that was tried"),
    Column("pruned_at", Instant, doc="when the spool's copy was removed; null: it lies there, if it was ever drained"),
    Column(
        "rebuilt", Boolean, nullable=False, server_default=false(), doc="from what was left of a damaged ledger: never deleted"
    ),
    Column("rating", Integer, doc="a person's: 0 to 5 stars, or -1 for a reject, as XMP has it; null: nobody has judged it"),
    UniqueConstraint("window_id", "folder", "name"),
    Index("frames_state", "state", "id"),
    Index("frames_shot", "window_id", "shot_index"),
    Index("frames_sha256", "sha256"),
    info={"says": "Every file of every shot, and those that no shot explains."},
)

tallies = Table(
    "tallies",
    metadata,
    Column("window_id", Integer, ForeignKey("windows.id"), primary_key=True),
    Column("state", String, primary_key=True, doc="of the frames"),
    Column("frames", Integer, nullable=False, doc="how many"),
    Column("bytes", BigInteger, nullable=False, doc="of those that were drained"),
    info={"says": "How many frames of a window are in each state, kept with every step, so that nobody has to count them all."},
)

copies = Table(
    "copies",
    metadata,
    Column("frame_id", Integer, ForeignKey("frames.id"), primary_key=True),
    Column("sink", String, primary_key=True, doc="its name in the configuration"),
    Column("path", Words, nullable=False, doc="below the sink's root"),
    Column("verified_at", Instant, nullable=False, doc="when it was read back and found whole"),
    Index("copies_sink", "sink", "verified_at"),
    info={"says": "Every verified copy in a sink."},
)

readings = Table(
    "readings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("window_id", Integer, ForeignKey("windows.id"), doc="null: read between windows"),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False, doc="what, and its unit, as in `battery-percent`"),
    Column("value", Float, nullable=False),
    Index("readings_window", "window_id", "kind"),
    Index("readings_kind", "kind", "at"),
    info={"says": "What was measured meanwhile. Only ever added to."},
)

body_clocks = Table(
    "body_clocks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("serial", Words, nullable=False, doc="of the body"),
    Column("at", Instant, nullable=False),
    Column("seconds", Float, nullable=False, doc="the body's clock minus UTC"),
    Column("sigma_s", Float, nullable=False, doc="how sure that is, one σ (s)"),
    Index("body_clocks_serial", "serial", "at"),
    info={"says": "How bodies' clocks stood beside ours. Only ever added to."},
)

sink_troubles = Table(
    "sink_troubles",
    metadata,
    Column("station", String, primary_key=True, doc="whose sink"),
    Column("sink", String, primary_key=True, doc="its name in the configuration"),
    Column("code", String, nullable=False, doc="of the error, as in exit-codes.md"),
    Column("says", Words, nullable=False, doc="for a person"),
    Column("since", Instant, nullable=False, doc="when it said that first"),
    Column("last", Instant, nullable=False, doc="and last"),
    Column("times", Integer, nullable=False, doc="how often"),
    info={"says": "What the sinks that fail now said last."},
)

wakings = Table(
    "wakings",
    metadata,
    Column("station", String, primary_key=True, doc="whose agenda"),
    Column("name", String, primary_key=True, doc="of the entry"),
    Column("due_at", Instant, nullable=False, doc="when it was due"),
    Column("last_at", Instant, nullable=False, doc="when it ran"),
    Column("took_s", Float, nullable=False),
    Column("finding", Words, doc="what was wrong; null: all was well"),
    Column("next_at", Instant, doc="when it is due next"),
    info={"says": "What the agenda did last, entry by entry, so that a restart knows what was due while nobody was there."},
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False, doc="as in `shot-armed`, `frame-drained`, `sink-failed`"),
    Column("window_id", Integer),
    Column("shot_index", Integer),
    Column("frame_id", Integer),
    Column("detail", JSON, nullable=False, default=dict, doc="what the row holds since then, and did not before"),
    Index("events_window", "window_id"),
    info={
        "says": "Everything that happened, in order. Only ever added to: the states of windows, shots and frames follow from it."
    },
)
