"""ask holders."""

import sqlalchemy as sa
from alembic import op

revision = "ecac2d9a0970"
down_revision = "c3ac0af908d1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_column("asked")
