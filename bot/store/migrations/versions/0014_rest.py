"""What is still to be read: the rest of a list, and the articles and letters of entries."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("feeds", sa.Column("rest", sa.Text))
    op.add_column("feeds", sa.Column("rest_since", sa.DateTime(timezone=True)))
    op.add_column("feeds", sa.Column("rest_tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("sightings", sa.Column("tries", sa.Integer))
