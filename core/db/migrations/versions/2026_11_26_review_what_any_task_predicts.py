"""review what any task predicts."""

import sqlalchemy as sa
from alembic import op

revision = "5d1f0c7a92be"
down_revision = "70d187ed231d"
branch_labels = None
depends_on = None
OUTCOMES = ("prediction", "label")


def upgrade() -> None:
    with op.batch_alter_table("review_card") as batch_op:
        batch_op.alter_column("score", existing_type=sa.Float(), nullable=True)
        for name in OUTCOMES:
            using = f"to_json({name})"
            batch_op.alter_column(name, existing_type=sa.Integer(), type_=sa.JSON(), postgresql_using=using)


def downgrade() -> None:
    # What is no class of two, or has no score, cannot be kept.
    op.execute("UPDATE review_card SET score = 0 WHERE score IS NULL")
    with op.batch_alter_table("review_card") as batch_op:
        for name in OUTCOMES:
            using = f"CASE WHEN {name}::text ~ '^-?[0-9]+$' THEN {name}::text::integer ELSE 0 END"
            batch_op.alter_column(name, existing_type=sa.JSON(), type_=sa.Integer(), postgresql_using=using)
        batch_op.alter_column("score", existing_type=sa.Float(), nullable=False)
