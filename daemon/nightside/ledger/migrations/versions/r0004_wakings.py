"""What the agenda did last, and when it is due next."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add it."""
    at = sa.DateTime(timezone=True)
    op.create_table(
        "wakings",
        sa.Column("station", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("due_at", at, nullable=False),
        sa.Column("last_at", at, nullable=False),
        sa.Column("took_s", sa.Float, nullable=False),
        sa.Column("finding", sa.String),
        sa.Column("next_at", at),
    )
