"""The tables as they were when ledgers had a version in `about`, and no revision."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    at = sa.DateTime(timezone=True)
    op.create_table("about", sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False))
    op.create_table(
        "windows",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("serial", sa.String, nullable=False),
        sa.Column("start", at, nullable=False),
        sa.Column("end", at, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("card_before", sa.JSON),
        sa.Column("phase", sa.String, nullable=False),
        sa.UniqueConstraint("session", "name", "serial"),
    )
    op.create_index("windows_phase", "windows", ["phase"])
    op.create_table(
        "shots",
        sa.Column("window_id", sa.Integer, sa.ForeignKey("windows.id"), primary_key=True),
        sa.Column("index", sa.Integer, primary_key=True),
        sa.Column("open_at", at, nullable=False),
        sa.Column("close_at", at, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("opened_at", at),
        sa.Column("opened_late_s", sa.Float),
        sa.Column("closed_at", at),
    )
    op.create_index("shots_state", "shots", ["window_id", "state"])
    op.create_table(
        "frames",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("window_id", sa.Integer, sa.ForeignKey("windows.id"), nullable=False),
        sa.Column("shot_index", sa.Integer),
        sa.Column("folder", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", sa.String(64)),
        sa.Column("spool_path", sa.String),
        sa.Column("adopted", sa.Boolean, nullable=False),
        sa.UniqueConstraint("window_id", "folder", "name"),
    )
    op.create_index("frames_state", "frames", ["state"])
    op.create_index("frames_shot", "frames", ["window_id", "shot_index"])
    op.create_table(
        "copies",
        sa.Column("frame_id", sa.Integer, sa.ForeignKey("frames.id"), primary_key=True),
        sa.Column("sink", sa.String, primary_key=True),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("verified_at", at, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", at, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("window_id", sa.Integer),
        sa.Column("shot_index", sa.Integer),
        sa.Column("frame_id", sa.Integer),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index("events_window", "events", ["window_id"])
    op.execute("INSERT INTO about VALUES ('version', '1')")
