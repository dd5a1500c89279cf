"""Feeds, items, matches, deliveries, and full-text search over the items."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the first schema. Written out, not taken from tables.py, which will go on changing."""
    op.create_table(
        "feeds",
        sa.Column("feed_id", sa.String, primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("polled", UTC),
        sa.Column("succeeded", UTC),
        sa.Column("changed", UTC),
        sa.Column("next_poll", UTC),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("detail", sa.Text),
        sa.Column("note", sa.Text),
    )
    op.create_table(
        "items",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("feed_id", sa.String, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("category", sa.String, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("text_from", sa.String, nullable=False),
        sa.Column("published", UTC, nullable=False),
        sa.Column("day_only", sa.Boolean, nullable=False),
        sa.Column("first_seen", UTC, nullable=False),
        sa.Column("language", sa.String),
        sa.Column("held", sa.String),
        sa.UniqueConstraint("id", name="uq_items_id"),
        sa.Index("ix_items_published", "published"),
        sa.Index("ix_items_first_seen", "first_seen"),
        sa.Index("ix_items_address", "address"),
    )
    op.create_table(
        "item_keys",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), nullable=False),
        sa.Index("ix_item_keys_item_id", "item_id"),
    )
    op.create_table(
        "sightings",
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("feed_id", sa.String, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("seen", UTC, nullable=False),
        sa.Column("fingerprint", sa.String),
        sa.Index("ix_sightings_feed_id", "feed_id"),
    )
    op.create_table(
        "revisions",
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("seen", UTC, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "matches",
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("topic_id", sa.String, primary_key=True),
        sa.Column("flagged", sa.Boolean, nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("passage", sa.JSON, nullable=False),
        sa.Column("phrases", sa.JSON, nullable=False),
        sa.Column("nearest_for", sa.JSON),
        sa.Column("nearest_against", sa.JSON),
        sa.Column("model", sa.Text, nullable=False),
        sa.Index("ix_matches_flagged", "flagged", "topic_id"),
    )
    op.create_table(
        "mentions",
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("subject_id", sa.String, primary_key=True),
        sa.Column("passage", sa.JSON, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("subscriber_id", sa.String, nullable=False),
        sa.Column("medium", sa.String, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("since", UTC, nullable=False),
        sa.Column("until", UTC, nullable=False),
        sa.Column("composed", UTC, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("markdown", sa.Text, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try", UTC),
        sa.Column("sent", UTC),
        sa.Column("error", sa.Text),
        sa.Index("ix_deliveries_state", "state"),
        sa.Index("ix_deliveries_subscriber", "subscriber_id", "until"),
    )
    op.create_table(
        "told",
        sa.Column("subscriber_id", sa.String, primary_key=True),
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("key", sa.String, sa.ForeignKey("deliveries.key"), nullable=False),
        sa.Index("ix_told_item_id", "item_id"),
    )
    op.create_table(
        "imports",
        sa.Column("file", sa.String, primary_key=True),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("changed", UTC, nullable=False),
    )
    _full_text()


def _full_text() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE items_fts USING fts5(title, text, content='items', content_rowid='n', "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    forget = "INSERT INTO items_fts(items_fts, rowid, title, text) VALUES ('delete', old.n, old.title, old.text);"
    learn = "INSERT INTO items_fts(rowid, title, text) VALUES (new.n, new.title, new.text);"
    op.execute(f"CREATE TRIGGER items_fts_insert AFTER INSERT ON items BEGIN {learn} END")
    op.execute(f"CREATE TRIGGER items_fts_delete AFTER DELETE ON items BEGIN {forget} END")
    op.execute(f"CREATE TRIGGER items_fts_update AFTER UPDATE OF title, text ON items BEGIN {forget} {learn} END")
