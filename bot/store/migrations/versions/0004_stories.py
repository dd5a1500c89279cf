"""Stories with their items, the marks by which copies are found, and what editors said."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables, empty: the items there are find their stories when Lookout next runs, a few at a time."""
    op.create_table(
        "stories",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("headline", sa.String, sa.ForeignKey("items.id"), nullable=False),
        sa.Column("first_seen", UTC, nullable=False),
        sa.Column("last_seen", UTC, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "story_items",
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("story_id", sa.Integer, sa.ForeignKey("stories.id"), nullable=False),
        sa.Column("joined", UTC, nullable=False),
        sa.Column("how", sa.String, nullable=False),
        sa.Column("because", sa.String),
        sa.Column("probability", sa.Float),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("meant", sa.Boolean, nullable=False),
        sa.Index("ix_story_items_story_id", "story_id"),
        sa.Index("ix_story_items_meant", "meant", "day"),
    )
    op.create_table(
        "story_marks",
        sa.Column("mark", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, sa.ForeignKey("items.n"), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "story_edits",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("undone", UTC),
        sa.Column("undone_by", sa.Text),
    )
    op.create_table(
        "story_edit_items",
        sa.Column("edit_n", sa.Integer, sa.ForeignKey("story_edits.n"), primary_key=True),
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("side", sa.Integer, nullable=False),
        sa.Index("ix_story_edit_items_item_id", "item_id"),
    )
