"""own inbound requests under a lease."""

import sqlalchemy as sa
from alembic import op

from core.db import base

revision = "560597b03224"
down_revision = "2aa5c8a0f455"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was recorded before had no owner: any replica may take it at once.
    with op.batch_alter_table("inbound") as batch_op:
        batch_op.add_column(sa.Column("owner", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("leased_until", base.UtcDateTime(timezone=True), nullable=True))
    op.execute("UPDATE inbound SET owner = '', leased_until = received_at")
    with op.batch_alter_table("inbound") as batch_op:
        batch_op.alter_column("owner", existing_type=sa.String(), nullable=False)
        batch_op.alter_column("leased_until", existing_type=base.UtcDateTime(timezone=True), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("inbound") as batch_op:
        batch_op.drop_column("leased_until")
        batch_op.drop_column("owner")
