"""The PDFs that items link, and their words in the full-text search beside the items' own.

The search is built anew, for it gets a column: half a minute for a hundred thousand items.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; let the search see it."""
    op.create_table(
        "attachments",
        sa.Column("item_id", sa.String, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("read", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("starts", sa.JSON, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("unread", sa.Integer, nullable=False),
        sa.Column("ocr_pages", sa.JSON, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("sha256", sa.String, nullable=False),
    )
    op.create_index("ix_attachments_url", "attachments", ["url"])
    _full_text()


WRITTEN = """
CREATE VIEW items_written AS SELECT n, id, title, text, coalesce((
    SELECT group_concat(text, ' ') FROM (SELECT text FROM attachments WHERE item_id = i.id ORDER BY place)
), '') AS letters FROM items AS i
"""


def _full_text() -> None:
    for change in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER items_fts_{change}")
    op.execute("DROP TABLE items_fts")
    op.execute(WRITTEN)
    op.execute(
        "CREATE VIRTUAL TABLE items_fts USING fts5(title, text, letters, content='items_written', content_rowid='n', "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    op.execute("INSERT INTO items_fts(items_fts) VALUES ('rebuild')")
    # What is forgotten must be what was learnt, to the letter: it is read before the change, what is learnt after it.
    _triggers("items", "UPDATE OF title, text", forgets="n = old.n", learns="n = new.n")
    _triggers("items", "DELETE", forgets="n = old.n", learns="")
    _triggers("items", "INSERT", forgets="", learns="n = new.n")
    _triggers("attachments", "INSERT", forgets="id = new.item_id", learns="id = new.item_id")
    _triggers("attachments", "DELETE", forgets="id = old.item_id", learns="id = old.item_id")


def _triggers(table: str, change: str, *, forgets: str, learns: str) -> None:
    name, columns = f"items_fts_{table}_{change.split()[0].lower()}", "n, title, text, letters FROM items_written"
    into = "INSERT INTO items_fts(items_fts, rowid, title, text, letters)"
    if forgets:
        forget = f"{into} SELECT 'delete', {columns} WHERE {forgets};"
        op.execute(f"CREATE TRIGGER {name}_before BEFORE {change} ON {table} BEGIN {forget} END")
    if learns:
        learn = f"INSERT INTO items_fts(rowid, title, text, letters) SELECT {columns} WHERE {learns};"
        op.execute(f"CREATE TRIGGER {name}_after AFTER {change} ON {table} BEGIN {learn} END")
