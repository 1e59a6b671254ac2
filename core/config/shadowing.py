"""A shadow's way to being on call in `team.yaml`: how many shifts they go along, and what comes then."""

from enum import StrEnum

from pydantic import Field

from core.config.fields import Id, Model


class After(StrEnum):
    """What follows the shifts as shadow: primary with a BACKUP for some shifts, or PRIMARY like everybody at once."""

    BACKUP = "backup"
    PRIMARY = "primary"


class Shadowing(Model):
    """`person` goes along for `shifts`, and is not relied on; `then` primary with a backup for `backed_shifts`.

    `mentor` is asked whether the next stage begins, and is the backup; without one approvers are asked, and the next
    of the rotation is the backup.
    """

    person: Id
    shifts: int = Field(ge=1, le=50)
    then: After = After.BACKUP
    backed_shifts: int = Field(default=2, ge=1, le=50)
    mentor: Id | None = None
