"""What stands for a subscriber in links, and when a person confirmed that they want to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the channels that there are need neither."""
    op.add_column("subscribers", sa.Column("handle", sa.String, nullable=False, server_default=sa.text("''")))
    op.add_column("subscribers", sa.Column("consented", sa.DateTime(timezone=True)))
    op.create_index("ix_subscribers_handle", "subscribers", ["handle"])
