"""Silences over the Alertmanager API, for amtool, Grafana and Karma."""

from datetime import datetime
from typing import Any

import msgspec

from bot.http.ingest.decode import decode, instant, unprocessable
from bot.http.ingest.exchange import RejectError, Reply, Request, answer, problem
from core.alerts import store
from core.alerts.labels import RefusedError
from core.alerts.listing import silence_as_listed, silences_listed
from core.clock import Clock
from core.config.load import Config
from core.db.database import Database
from workflows.quieten import SilenceRequest, end_silence, start_silence

MAX_TEXT = 2_000


class PostedMatcher(msgspec.Struct):
    name: str
    value: str
    isRegex: bool  # noqa: N815 - the sender's name
    isEqual: bool = True  # noqa: N815


class PostedSilence(msgspec.Struct):
    matchers: list[PostedMatcher]
    startsAt: datetime  # noqa: N815 - the sender's name
    endsAt: datetime  # noqa: N815
    createdBy: str  # noqa: N815
    comment: str
    id: str | None = None


_decoder = msgspec.json.Decoder(PostedSilence)


class SilencesApi:
    """Lists, makes and ends silences."""

    def __init__(self, config: Config, database: Database, clock: Clock) -> None:
        self._config, self._database, self._clock = config, database, clock

    async def list(self, request: Request) -> Reply:
        now, filters = self._clock.now(), request.query.get("filter", [])
        try:
            return answer(await self._database.fetch(lambda session: silences_listed(session, filters, now)))
        except RefusedError as error:
            return problem(400, str(error))

    async def post(self, request: Request) -> Reply:
        """`{"silenceID"}` of the new silence; 404 when the one to be replaced does not exist."""
        wanted = _wanted(decode(_decoder, request.body))
        now, actor = self._clock.now(), f"source:{request.source}"
        try:
            made = await self._database.run(
                lambda session: start_silence(session, self._config, wanted, actor, now)
            )
        except RefusedError as error:
            return answer(str(error), 400)
        return (
            answer(f"silence {wanted.replaces} not found", 404) if made is None else answer({"silenceID": made.id})
        )

    async def get(self, request: Request) -> Reply:
        now = self._clock.now()

        def find(session: Any) -> dict[str, Any] | None:
            found = store.silence(session, _id(request))
            return None if found is None else silence_as_listed(found, now)

        found = await self._database.fetch(find)
        return Reply(404) if found is None else answer(found)

    async def delete(self, request: Request) -> Reply:
        now, actor = self._clock.now(), f"source:{request.source}"
        ended = await self._database.run(
            lambda session: end_silence(session, self._config, _id(request), actor, now)
        )
        return Reply(404) if ended is None else Reply(200)


def _id(request: Request) -> str:
    return _storable(request.path.rsplit("/", 1)[-1])


def _storable(text: str) -> str:
    """An id without NUL, which PostgreSQL cannot even look for; no silence has one."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _wanted(posted: PostedSilence) -> SilenceRequest:
    try:
        starts_at, ends_at = instant(posted.startsAt), instant(posted.endsAt)
    except msgspec.ValidationError as error:
        raise RejectError(unprocessable(str(error))) from None
    if starts_at is None or ends_at is None:
        raise RejectError(unprocessable("startsAt and endsAt are required"))
    if "\x00" in posted.comment + posted.createdBy or len(posted.comment + posted.createdBy) > MAX_TEXT:
        raise RejectError(unprocessable(f"comment and createdBy hold NUL or more than {MAX_TEXT} characters"))
    matchers = [msgspec.to_builtins(matcher) for matcher in posted.matchers]
    return SilenceRequest(
        matchers, starts_at, ends_at, posted.createdBy, posted.comment, _storable(posted.id or "") or None
    )
