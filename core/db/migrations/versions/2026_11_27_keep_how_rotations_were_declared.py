"""keep how rotations were declared."""

import sqlalchemy as sa
from alembic import op

revision = "fc104e7a4101"
down_revision = "ecac2d9a0970"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rota_plan", schema=None) as batch_op:
        batch_op.add_column(sa.Column("declaration", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rota_plan", schema=None) as batch_op:
        batch_op.drop_column("declaration")
