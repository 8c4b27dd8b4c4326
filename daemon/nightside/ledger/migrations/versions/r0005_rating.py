"""What a person thinks of a frame."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add it. Nobody has judged any frame of before."""
    op.add_column("frames", sa.Column("rating", sa.Integer))
