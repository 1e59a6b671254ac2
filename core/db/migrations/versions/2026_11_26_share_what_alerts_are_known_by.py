"""share what alerts are known by."""

import sqlalchemy as sa
from alembic import op

revision = "8e6c1298acd6"
down_revision = "00824a77eedd"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_secret")),
    )
    with op.batch_alter_table("alert_journal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("learned", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("alert_journal", schema=None) as batch_op:
        batch_op.drop_column("learned")

    op.drop_table("alert_secret")
