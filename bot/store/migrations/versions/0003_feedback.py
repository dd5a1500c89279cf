"""Labels of communities and their heads."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "labels",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("community", sa.Text, nullable=False),
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), nullable=False),
        sa.Column("topic_id", sa.String, nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("undone", UTC),
        sa.Column("undone_by", sa.Text),
        sa.Index("ix_labels_item_id", "item_id", "community", "topic_id"),
        sa.Index("ix_labels_community", "community", "topic_id"),
    )
    op.create_table(
        "verdicts",
        sa.Column("community", sa.Text, primary_key=True),
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("topic_id", sa.String, primary_key=True),
        sa.Column("verdict", sa.String, nullable=False),
    )
    op.create_table(
        "community_heads",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("community", sa.Text, nullable=False),
        sa.Column("topic_id", sa.String, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("weights", sa.JSON, nullable=False),
        sa.Column("bias", sa.Float, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("made", UTC, nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.Column("retired", UTC),
        sa.Column("retired_why", sa.Text),
        sa.Index("ix_community_heads_community", "community", "topic_id"),
    )
    op.create_table(
        "community_matches",
        sa.Column("community", sa.Text, primary_key=True),
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("topic_id", sa.String, primary_key=True),
        sa.Column("flagged", sa.Boolean, nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
    )
