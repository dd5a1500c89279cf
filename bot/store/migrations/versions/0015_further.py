"""Documents that tell more of what a feed's entries are about: all that happened to a bill."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "further",
        sa.Column("feed_id", sa.String, primary_key=True),
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("read", sa.Text),
        sa.Column("since", UTC),
        sa.Column("tried", UTC),
    )
