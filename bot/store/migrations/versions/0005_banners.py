"""Where an item's text begins under the banner of its site."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is known already is taken to have no banner."""
    op.add_column("items", sa.Column("begins", sa.Integer, nullable=False, server_default="0"))
