"""What an Alertmanager tells about itself: alerts, groups, receivers, status."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from bot.http.ingest.exchange import Reply, Request, answer
from core.alerts import backlog_store
from core.alerts.labels import RefusedError
from core.alerts.listing import RECEIVER, AlertFilter, alerts_listed, groups_listed
from core.clock import Clock
from core.config.load import Config
from core.db.database import Database


class Listing:
    """Read-only answers, filtered as the Alertmanager API filters."""

    def __init__(self, config: Config, database: Database, clock: Clock) -> None:
        self._config, self._database, self._clock = config, database, clock
        self._since = clock.now()

    async def alerts(self, request: Request) -> Reply:
        return await self._listed(request, alerts_listed)

    async def groups(self, request: Request) -> Reply:
        return await self._listed(request, groups_listed)

    async def _listed(self, request: Request, listed: Callable[..., list[dict[str, Any]]]) -> Reply:
        now = self._clock.now()

        def work(session: Session) -> list[dict[str, Any]]:
            return listed(session, self._config, AlertFilter.of(request.query), now)

        try:
            await self._database.run(backlog_store.settle)
            return answer(await self._database.fetch(work))
        except RefusedError as error:
            return answer(str(error), 400)

    async def receivers(self, _request: Request) -> Reply:
        return answer([RECEIVER])

    async def status(self, _request: Request) -> Reply:
        build = dict.fromkeys(("branch", "buildDate", "buildUser", "goVersion", "revision"), "")
        return answer(
            {
                "cluster": {"status": "disabled", "peers": []},
                "config": {"original": _routes(self._config)},
                "uptime": self._since,
                "versionInfo": {**build, "version": f"goldilocks {version('goldilocks-oncall')}"},
            }
        )


def _routes(config: Config) -> str:
    """What amtool and Grafana read of an Alertmanager's configuration: one receiver, and what makes a group."""
    by = "".join(f"\n  - {name}" for name in config.team.alerts.by)
    receiver = RECEIVER["name"]
    return f"route:\n  receiver: {receiver}\n  group_by:{by or ' []'}\nreceivers:\n- name: {receiver}\n"
