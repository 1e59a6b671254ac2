"""ask for a first version."""

import sqlalchemy as sa
from alembic import op

revision = "c3ac0af908d1"
down_revision = "15b0b5a0541d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("approval") as batch_op:
        batch_op.alter_column("from_version", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    # A request that replaces nothing cannot be kept.
    op.execute("DELETE FROM approval WHERE from_version IS NULL")
    with op.batch_alter_table("approval") as batch_op:
        batch_op.alter_column("from_version", existing_type=sa.Integer(), nullable=False)
