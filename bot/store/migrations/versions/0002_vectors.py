"""Vectors of items for search by meaning, and what filters of a search are answered from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and indexes that tell which items count without reading their texts."""
    op.create_table(
        "vector_models",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("mark", sa.String, nullable=False),
        sa.Column("serving", sa.Boolean, nullable=False),
        sa.UniqueConstraint("name", name="uq_vector_models_name"),
    )
    op.create_table(
        "vectors",
        sa.Column("k", sa.Integer, primary_key=True),
        sa.Column("model_id", sa.Integer, sa.ForeignKey("vector_models.id"), nullable=False),
        sa.Column("n", sa.Integer, sa.ForeignKey("items.n"), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("model_id", "n", name="uq_vectors_model_id"),
        sa.Index("ix_vectors_model_id_k", "model_id", "k"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_items_category", "items", ["category", "published"])
    op.create_index("ix_items_source", "items", ["source", "category"])
