"""Since when the rest of a list is to be read: a source may have been away for longer than its rest is tried."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is left of a list already counts from the last poll."""
    op.add_column("feeds", sa.Column("rest_begun", sa.DateTime(timezone=True)))
    op.execute("UPDATE feeds SET rest_begun = polled WHERE rest IS NOT NULL")
