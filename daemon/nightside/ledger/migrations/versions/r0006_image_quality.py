"""What image quality a body was set to in a window, from which it follows which files a shot must have."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add it. Of windows of before nobody knows it, and nothing is missed in them."""
    op.add_column("windows", sa.Column("quality", sa.String))
