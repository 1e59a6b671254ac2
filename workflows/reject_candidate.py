"""The run that a rejection starts: the registry remembers that this version must not serve."""

import asyncio
from typing import Any

from core.models.version import STATUS_TAG, VersionStatus
from workflows.ports import Workshop
from workflows.steps import Steps


async def reject_candidate(steps: Steps, workshop: Workshop, args: dict[str, Any]) -> None:
    """Mark the candidate as rejected; a second time changes nothing."""
    tags = {STATUS_TAG: VersionStatus.REJECTED.value}
    await steps("mark", lambda: asyncio.to_thread(workshop.registry.tag, args["pipeline"], args["version"], tags))
