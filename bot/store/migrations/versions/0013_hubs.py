"""Feeds that are pushed (WebSub)."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "hubs",
        sa.Column("feed_id", sa.String, primary_key=True),
        sa.Column("hub", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("secret", sa.String, nullable=False),
        sa.Column("asked", UTC),
        sa.Column("until", UTC),
        sa.UniqueConstraint("token", name="uq_hubs_token"),
    )
