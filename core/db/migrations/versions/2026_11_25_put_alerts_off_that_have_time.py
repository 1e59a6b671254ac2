"""put alerts off that have time."""

import sqlalchemy as sa
from alembic import op

revision = "9d50a03646f8"
down_revision = "b5171fbdbf4f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_backlog",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("fresh", sa.LargeBinary(), nullable=False),
        sa.Column("ended", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_backlog")),
    )


def downgrade() -> None:
    op.drop_table("alert_backlog")
