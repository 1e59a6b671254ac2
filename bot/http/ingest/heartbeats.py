"""`/heartbeat/NAME`: a job says that it is alive."""

from bot.http.ingest.exchange import Reply, Request, answer, problem
from core.clock import Clock
from core.config.team import Team
from workflows.heartbeats import Beat
from workflows.receiver import Writer


class Heartbeats:
    """Notes the reports of the jobs that team.yaml declares; what the request holds does not matter."""

    def __init__(self, writer: Writer, clock: Clock, team: Team) -> None:
        self._writer, self._clock, self._team = writer, clock, team

    async def beat(self, request: Request) -> Reply:
        """When the next report is due at the latest; 404 for one that is not declared, 403 for another's pipeline."""
        expected = self._team.heartbeat(request.name)
        if expected is None:
            known = ", ".join(h.id for h in self._team.heartbeats) or "none"
            return problem(404, f"no heartbeat “{request.name[:80]}” in team.yaml; declared: {known}")
        only = request.source.labels.get("pipeline")
        if only is not None and only != expected.pipeline:
            return problem(403, f"“{request.source.id}” may only report for pipeline “{only}”")
        await self._writer.put([Beat(expected.id, request.source.id)])
        due = self._clock.now() + expected.every + expected.grace
        return answer({"heartbeat": expected.id, "due": due})
