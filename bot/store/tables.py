"""The tables, the same for every database we run on."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class Utc(TypeDecorator[datetime]):
    """An aware UTC time. SQLite has no zones, so it is written without one and read back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: a guess about their zone would be a lie later."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time: {value}")
        return value.astimezone(UTC) if dialect.name != "sqlite" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give back what was meant."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Times(TypeDecorator[tuple[datetime, ...]]):
    """Aware UTC times of whole minutes, in one text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[datetime, ...] | None, _dialect: Dialect) -> str:
        """Write them as 2026-11-25T15:00Z, a space between two."""
        return " ".join(f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}" for at in value or ())

    def process_result_value(self, value: str | None, _dialect: Dialect) -> tuple[datetime, ...]:
        """Give back what was meant."""
        return tuple(map(datetime.fromisoformat, (value or "").split()))


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

feeds = Table(
    "feeds",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("address", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("polled", Utc),
    Column("succeeded", Utc),
    Column("changed", Utc),
    Column("next_poll", Utc),
    Column("failures", Integer, nullable=False),
    Column("reason", String),
    Column("detail", Text),
    Column("note", Text),
    Column("rest", Text),
    Column("rest_since", Utc),
    Column("rest_begun", Utc),
    Column("rest_tries", Integer, nullable=False, server_default="0"),
    Column("recent", String, nullable=False, server_default=text("''")),
    Column("history", Times, nullable=False, server_default=text("''")),
    Column("pace", String, nullable=False, server_default="ok"),
    Column("off", Utc),
    Column("told", String, nullable=False, server_default=text("''")),
)

hubs = Table(  # feeds that are pushed (WebSub)
    "hubs",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("token", String, nullable=False, unique=True),
    Column("secret", String, nullable=False),
    Column("asked", Utc),
    Column("until", Utc),
)

further = Table(  # documents that tell more of what a feed's entries are about
    "further",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("url", Text, primary_key=True),
    Column("page", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("read", Text),  # the mark under which it was read last
    Column("since", Utc),  # the feed's last success before the first mark that was not read
    Column("tried", Utc),
)

items = Table(
    "items",
    metadata,
    Column("n", Integer, primary_key=True),  # the order of arrival; full-text search refers to it
    Column("id", String, nullable=False, unique=True),
    Column("feed_id", String, nullable=False),
    Column("source", Text, nullable=False),
    Column("category", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_from", String, nullable=False),
    Column("published", Utc, nullable=False),
    Column("day_only", Boolean, nullable=False),
    Column("first_seen", Utc, nullable=False),
    Column("language", String),
    Column("held", String),
    Column("begins", Integer, nullable=False, server_default="0"),
    Index("ix_items_published", "published"),
    Index("ix_items_first_seen", "first_seen"),
    Index("ix_items_address", "address"),
    Index("ix_items_url", "url"),
    Index("ix_items_category", "category", "published"),
    Index("ix_items_source", "source", "category"),
)

keys = Table(
    "item_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("item_id", String, ForeignKey(items.c.id), nullable=False),
    Index("ix_item_keys_item_id", "item_id"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("feed_id", String, primary_key=True),
    Column("source", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("seen", Utc, nullable=False),
    Column("fingerprint", String),  # None: an older version had not read it to the end
    Column("tries", Integer),  # None: what it leads to is read, or given up
    Index("ix_sightings_feed_id", "feed_id", "seen"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("seen", Utc, primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_revisions_seen", "seen"),
)

attachments = Table(  # inserted and deleted, never updated: full-text search follows those two
    "attachments",
    metadata,
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("read", Utc, nullable=False),
    Column("text", Text, nullable=False),
    Column("starts", JSON, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("unread", Integer, nullable=False),
    Column("ocr_pages", JSON, nullable=False),
    Column("reason", String),
    Column("sha256", String, nullable=False),
    Index("ix_attachments_url", "url"),
)

matches = Table(
    "matches",
    metadata,
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("topic_id", String, primary_key=True),
    Column("flagged", Boolean, nullable=False),
    Column("probability", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("passage", JSON, nullable=False),
    Column("phrases", JSON, nullable=False),
    Column("nearest_for", JSON),
    Column("nearest_against", JSON),
    Column("model", Text, nullable=False),
    Index("ix_matches_flagged", "flagged", "topic_id"),
)

mentions = Table(
    "mentions",
    metadata,
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("subject_id", String, primary_key=True),
    Column("passage", JSON, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("key", String, primary_key=True),
    Column("subscriber_id", String, nullable=False),
    Column("medium", String, nullable=False),
    Column("address", Text, nullable=False),
    Column("since", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("composed", Utc, nullable=False),
    Column("text", Text, nullable=False),
    Column("parts", JSON, nullable=False, server_default="[]"),
    Column("refs", JSON, nullable=False, server_default="[]"),
    Column("urgent", Boolean, nullable=False, server_default="0"),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Utc),
    Column("sent", Utc),
    Column("error", Text),
    Index("ix_deliveries_state", "state"),
    Index("ix_deliveries_subscriber", "subscriber_id", "until"),
)

reports = Table(  # from when and until when a subscription has been told
    "reports",
    metadata,
    Column("subscription_id", String, primary_key=True),
    Column("begin", Utc, nullable=False),
    Column("until", Utc, nullable=False),
)

subscribers = Table(  # destinations that people chose; the terminal and the folder are built in
    "subscribers",
    metadata,
    Column("id", String, primary_key=True),
    Column("medium", String, nullable=False),
    Column("address", Text, nullable=False),
    Column("community", Text, nullable=False),
    Column("zone", String, nullable=False),
    Column("schedule", JSON, nullable=False),
    Column("quiet", JSON),
    Column("compact", Boolean, nullable=False),
    Column("mention", Text),
    Column("mention_from", Float, nullable=False),
    Column("place", String, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("now", Boolean, nullable=False),
    Column("gone", Utc),
    Column("handle", String, nullable=False, server_default=text("''")),
    Column("consented", Utc),
    Index("ix_subscribers_handle", "handle"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("subscriber_id", String, ForeignKey(subscribers.c.id), nullable=False),
    Column("topics", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("feeds", JSON, nullable=False),
    Column("words", JSON, nullable=False),
    Column("threshold", Float),
    Column("schedule", JSON),
    Column("by", Text, nullable=False),
    Column("made", Utc, nullable=False),
    Index("ix_subscriptions_subscriber_id", "subscriber_id"),
    sqlite_autoincrement=True,  # a number that a reader was shown never means another subscription
)

told = Table(
    "told",
    metadata,
    Column("subscriber_id", String, primary_key=True),
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("key", String, ForeignKey(deliveries.c.key), nullable=False),
    Index("ix_told_item_id", "item_id"),
)

operations = Table(  # what operators did on the web site
    "operations",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("did", Text, nullable=False),
)

captures = Table(  # what sources sent
    "captures",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("digest", String, nullable=False),
    Column("asked", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("fetched", Utc, nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("packed", LargeBinary, nullable=False),  # last: a row's head is read without it
    UniqueConstraint("digest", "url"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("capture", Integer, ForeignKey(captures.c.n), primary_key=True, index=True),
)

imports = Table(
    "imports",
    metadata,
    Column("file", String, primary_key=True),  # a hash of its content: a renamed file is the same file
    Column("lines", Integer, nullable=False),
    Column("changed", Utc, nullable=False),
)

labels = Table(
    "labels",
    metadata,
    Column("n", Integer, primary_key=True),  # the order in which they were given
    Column("community", Text, nullable=False),
    Column("item_id", String, ForeignKey(items.c.id), nullable=False),
    Column("topic_id", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("undone", Utc),
    Column("undone_by", Text),
    Index("ix_labels_item_id", "item_id", "community", "topic_id"),
    Index("ix_labels_community", "community", "topic_id"),
)

verdicts = Table(  # what a community's labels in force come to, written with them: every digest asks for it
    "verdicts",
    metadata,
    Column("community", Text, primary_key=True),
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("topic_id", String, primary_key=True),
    Column("verdict", String, nullable=False),
)

community_heads = Table(
    "community_heads",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("community", Text, nullable=False),
    Column("topic_id", String, nullable=False),
    Column("base", Text, nullable=False),
    Column("weights", JSON, nullable=False),
    Column("bias", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("made", Utc, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("retired", Utc),
    Column("retired_why", Text),
    Index("ix_community_heads_community", "community", "topic_id"),
)

community_matches = Table(  # where a community's head judged an item, what it says in the place of the shipped one
    "community_matches",
    metadata,
    Column("community", Text, primary_key=True),
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("topic_id", String, primary_key=True),
    Column("flagged", Boolean, nullable=False),
    Column("probability", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("model", Text, nullable=False),
)

vector_models = Table(
    "vector_models",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("mark", String, nullable=False),  # names its file; drawn anew for every database
    Column("serving", Boolean, nullable=False),  # searches use its vectors; one does, once there is any
)

vectors = Table(
    "vectors",
    metadata,
    Column("k", Integer, primary_key=True),  # only grows and never comes again: what is new stands above
    Column("model_id", Integer, ForeignKey(vector_models.c.id), nullable=False),
    Column("n", Integer, ForeignKey(items.c.n), nullable=False),
    Column("vector", LargeBinary, nullable=False),  # see packed.compact
    UniqueConstraint("model_id", "n"),
    Index("ix_vectors_model_id_k", "model_id", "k"),
    sqlite_autoincrement=True,
)

stories = Table(
    "stories",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("headline", String, ForeignKey(items.c.id), nullable=False),
    Column("first_seen", Utc, nullable=False),
    Column("last_seen", Utc, nullable=False),
    sqlite_autoincrement=True,  # a number that a reader was shown never means another story
)

story_items = Table(
    "story_items",
    metadata,
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("story_id", Integer, ForeignKey(stories.c.id), nullable=False),
    Column("joined", Utc, nullable=False),
    Column("how", String, nullable=False),
    Column("because", String),
    Column("probability", Float),
    Column("day", Integer, nullable=False),  # of publication, counted from 1 January of the year 1
    Column("meant", Boolean, nullable=False),  # had a vector: what comes is compared with it in other words too
    Index("ix_story_items_story_id", "story_id"),
    Index("ix_story_items_meant", "meant", "day"),
)

story_marks = Table(  # a few shingles of each item, by which copies find each other
    "story_marks",
    metadata,
    Column("mark", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, ForeignKey(items.c.n), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

story_edits = Table(
    "story_edits",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("undone", Utc),
    Column("undone_by", Text),
)

story_edit_items = Table(
    "story_edit_items",
    metadata,
    Column("edit_n", Integer, ForeignKey(story_edits.c.n), primary_key=True),
    Column("item_id", String, ForeignKey(items.c.id), primary_key=True),
    Column("side", Integer, nullable=False),
    Index("ix_story_edit_items_item_id", "item_id"),
)
