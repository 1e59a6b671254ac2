"""know the configuration of each replica."""

import sqlalchemy as sa
from alembic import op

from core.db import base

revision = "15b0b5a0541d"
down_revision = "5d1f0c7a92be"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("replica", schema=None) as batch_op:
        batch_op.add_column(sa.Column("config", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("config_since", base.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("replica", schema=None) as batch_op:
        batch_op.drop_column("config_since")
        batch_op.drop_column("config")
