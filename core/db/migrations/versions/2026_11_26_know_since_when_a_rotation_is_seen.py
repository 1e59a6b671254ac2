"""know since when a rotation is seen."""

import sqlalchemy as sa
from alembic import op

from core.db import base

revision = "70d187ed231d"
down_revision = "ca46a9d6d5b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rota_plan", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seen_since", base.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rota_plan", schema=None) as batch_op:
        batch_op.drop_column("seen_since")
