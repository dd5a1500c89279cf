"""What operators did on the web site; and indexes for its pages: what changed lately, and items by their addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the indexes."""
    op.create_table(
        "operations",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("did", sa.Text, nullable=False),
    )
    op.create_index("ix_revisions_seen", "revisions", ["seen"])
    op.create_index("ix_items_url", "items", ["url"])
