"""hand over by layers."""

import sqlalchemy as sa
from alembic import op

revision = "b5171fbdbf4f"
down_revision = "4e5116069716"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was handed over before was of the rotation's own layer.
    with op.batch_alter_table("handoff") as batch_op:
        batch_op.add_column(sa.Column("layer", sa.String(), nullable=True))
    op.execute("UPDATE handoff SET layer = rotation")
    with op.batch_alter_table("handoff") as batch_op:
        batch_op.alter_column("layer", existing_type=sa.String(), nullable=False)
        batch_op.drop_constraint(batch_op.f("uq_handoff_rotation_shift_end"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_handoff_rotation_layer_shift_end"), ["rotation", "layer", "shift_end"]
        )


def downgrade() -> None:
    op.execute("DELETE FROM handoff WHERE layer <> rotation")
    with op.batch_alter_table("handoff") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_handoff_rotation_layer_shift_end"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_handoff_rotation_shift_end"), ["rotation", "shift_end"])
        batch_op.drop_column("layer")
