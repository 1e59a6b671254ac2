"""Slack's user groups kept the same as who is on call, so that `@flights-oncall` mentions the right person.

A group that several rotations name has the primary of each. Slack refuses to empty a group, so in a gap it stays as it
was. A group is read before it is written, and written only when it differs; what fails is put into the audit trail
once, and tried again later. Nothing waits for any of this.
"""

from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.slack.trouble import NETWORK, Fate, code_of, judge
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.clock import Clock
from core.config.load import Config
from core.db.database import Database
from core.decision import Decision, allow, refuse
from core.oncall import rota_store
from core.runs import store as runs

REST = timedelta(minutes=5)
"""How long a group that Slack refused is left alone."""

log = structlog.get_logger(__name__)


class UserGroups:
    """The user groups that the team's rotations name; `sync` is called every now and then."""

    def __init__(self, database: Database, config: Config, clock: Clock, client: AsyncWebClient) -> None:
        self._database, self._config, self._clock, self._client = database, config, clock, client
        self._known: dict[str, list[str]] = {}
        self._rest: dict[str, datetime] = {}
        self._refused: dict[str, str] = {}

    async def sync(self) -> int:
        """Bring every group up to date; how many were changed. A lost database is logged, not raised."""
        now = self._clock.now()
        try:
            wanted = await self._database.fetch(lambda session: self._on_call(session, now))
            return sum([await self._bring(group, users, now) for group, users in wanted.items()])
        except SQLAlchemyError:
            log.exception("user_groups.not_synced")
            return 0

    def _on_call(self, session: Session, now: datetime) -> dict[str, list[str]]:
        """The Slack ids that each group should have, by the group's id; nobody where all its rotations have a gap. None
        is kept by a replica whose YAML is no longer the newest."""
        found: dict[str, list[str]] = {}
        if runs.superseded(session, self._config.digest, now):
            return found
        for rotation in self._config.team.rotations:
            if rotation.user_group:
                users = found.setdefault(rotation.user_group, [])
                duty = rota_store.rota(session, rotation, now).at(now)
                person = self._config.team.person(duty.primary) if duty.primary else None
                if person is not None and person.slack not in users:
                    users.append(person.slack)
        return found

    async def _bring(self, group: str, users: list[str], now: datetime) -> bool:
        if not users or self._known.get(group) == users or now < self._rest.get(group, now):
            return False
        try:
            had = (await self._client.usergroups_users_list(usergroup=group))["users"]
            differs = set(had) != set(users)
            if differs:
                await self._client.usergroups_users_update(usergroup=group, users=users)
        except (SlackApiError, *NETWORK) as error:
            await self._failed(group, error, now)
            return False
        self._known[group] = users
        self._refused.pop(group, None)
        if differs:
            names = ", ".join(f"<@{user}>" for user in users)
            await self._record(group, allow("synced", f"the user group has {names}"), now)
        return differs

    async def _failed(self, group: str, error: Exception, now: datetime) -> None:
        trouble = judge(error, 1)
        code = code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
        self._rest[group] = now + (trouble.wait if trouble.fate is Fate.LIMITED else REST)
        log.warning("user_group.refused", group=group, error=code)
        if trouble.fate is not Fate.LIMITED and self._refused.get(group) != code:
            self._refused[group] = code
            await self._record(group, refuse("slack_refused", f"Slack answered “{code}”"), now)

    async def _record(self, group: str, decision: Decision, now: datetime) -> None:
        subject = ("user_group", group)

        def work(session: Session) -> None:
            audit.record(
                session, at=now, actor=GOLDILOCKS, action="user_group.sync", subject=subject, decision=decision
            )

        await self._database.run(work)
