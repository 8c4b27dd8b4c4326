"""What persons chose to have shot at the next windows, and which windows were planned by which choice."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add them. Every window of before was planned by the configuration."""
    op.create_table(
        "armings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("station", sa.String, nullable=False),
        sa.Column("serial", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("program", sa.JSON),
        sa.Column("windows", sa.Integer),
    )
    op.create_index("armings_body", "armings", ["station", "serial", "id"])
    op.add_column("windows", sa.Column("arming", sa.Integer, nullable=False, server_default="0"))
    op.create_index("windows_arming", "windows", ["arming", "serial"])
