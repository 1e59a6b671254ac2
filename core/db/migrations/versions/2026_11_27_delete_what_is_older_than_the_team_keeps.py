"""delete what is older than the team keeps."""

import sqlalchemy as sa
from alembic import op

from core.db import base

revision = "2a5f55c21333"
down_revision = "b9b600c7ad29"
branch_labels = None
depends_on = None

FOLLOWS = sa.text("change_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "sweep",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("began_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lately", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sweep")),
    )
    op.create_index(
        "ix_alert_group_change",
        "alert_group",
        ["change_id"],
        unique=False,
        sqlite_where=FOLLOWS,
        postgresql_where=FOLLOWS,
    )


def downgrade() -> None:
    op.drop_index(
        "ix_alert_group_change", table_name="alert_group", sqlite_where=FOLLOWS, postgresql_where=FOLLOWS
    )
    op.drop_table("sweep")
