"""keep a journal of the intake."""

import sqlalchemy as sa
from alembic import op

from core.db import base

revision = "f46695db7685"
down_revision = "61e82d25b55f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("folded", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.String(), nullable=False),
        sa.Column("beats", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_journal")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Numbers that hardly repeat: trying to make them smaller only costs time.
        op.execute("ALTER TABLE alert_journal ALTER COLUMN beats SET STORAGE EXTERNAL")
    op.drop_index("ix_alert_cold_fingerprint", table_name="alert_cold")
    closed = sa.text("NOT is_open")
    op.create_index(
        "ix_alert_cold_closed", "alert_cold", ["fingerprint"], sqlite_where=closed, postgresql_where=closed
    )


def downgrade() -> None:
    op.drop_index("ix_alert_cold_closed", table_name="alert_cold")
    op.create_index("ix_alert_cold_fingerprint", "alert_cold", ["fingerprint"])
    op.drop_table("alert_journal")
