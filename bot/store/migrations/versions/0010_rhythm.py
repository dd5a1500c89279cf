"""When a feed brought something, how it does by its own rhythm, and what the operators were told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("feeds", sa.Column("history", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("feeds", sa.Column("pace", sa.String, nullable=False, server_default="ok"))
    op.add_column("feeds", sa.Column("told", sa.String, nullable=False, server_default=sa.text("''")))
