"""know what the yaml declared."""

import sqlalchemy as sa
from alembic import op

revision = "b9b600c7ad29"
down_revision = "453c087bb001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_name",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("was", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_known_name")),
    )


def downgrade() -> None:
    op.drop_table("known_name")
