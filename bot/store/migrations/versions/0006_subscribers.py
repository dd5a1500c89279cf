"""Subscribers and what they follow; until when each subscription was told; deliveries in parts."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables; what was told so far belongs to the one subscription that each built-in reader had."""
    op.create_table(
        "subscribers",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("medium", sa.String, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("community", sa.Text, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("schedule", sa.JSON, nullable=False),
        sa.Column("quiet", sa.JSON),
        sa.Column("compact", sa.Boolean, nullable=False),
        sa.Column("mention", sa.Text),
        sa.Column("mention_from", sa.Float, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("now", sa.Boolean, nullable=False),
        sa.Column("gone", UTC),
    )
    op.create_table(
        "subscriptions",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("subscriber_id", sa.String, sa.ForeignKey("subscribers.id"), nullable=False),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("categories", sa.JSON, nullable=False),
        sa.Column("feeds", sa.JSON, nullable=False),
        sa.Column("words", sa.JSON, nullable=False),
        sa.Column("threshold", sa.Float),
        sa.Column("schedule", sa.JSON),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("made", UTC, nullable=False),
        sa.Index("ix_subscriptions_subscriber_id", "subscriber_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reports",
        sa.Column("subscription_id", sa.String, primary_key=True),
        sa.Column("begin", UTC, nullable=False),
        sa.Column("until", UTC, nullable=False),
    )
    op.execute(
        'INSERT INTO reports SELECT subscriber_id, min(since), max("until") FROM deliveries GROUP BY subscriber_id'
    )
    op.add_column("deliveries", sa.Column("parts", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("deliveries", sa.Column("refs", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("deliveries", sa.Column("urgent", sa.Boolean, nullable=False, server_default="0"))
    _in_parts()
    op.drop_column("deliveries", "markdown")


def _in_parts() -> None:
    connection = op.get_bind()
    waiting = "SELECT key, medium, text, markdown FROM deliveries WHERE state IN ('waiting', 'sending')"
    for key, medium, text, markdown in connection.execute(sa.text(waiting)).all():
        parts = json.dumps([{"markdown": markdown} if medium == "folder" else {"text": text}])
        written = sa.text("UPDATE deliveries SET parts = :parts WHERE key = :key")
        connection.execute(written, {"key": key, "parts": parts})
