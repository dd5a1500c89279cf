"""How a feed's last polls went, and since when it is switched off."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns; an index answers also when a feed last showed something new."""
    op.add_column("feeds", sa.Column("recent", sa.String, nullable=False, server_default=sa.text("''")))
    op.add_column("feeds", sa.Column("off", UTC))
    op.drop_index("ix_sightings_feed_id", "sightings")
    op.create_index("ix_sightings_feed_id", "sightings", ["feed_id", "seen"])
