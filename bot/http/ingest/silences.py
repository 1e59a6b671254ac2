"""Silences over the Alertmanager API, for amtool, Grafana and Karma."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from bot.http.ingest.decode import Instant, decode, instant, unprocessable
from bot.http.ingest.exchange import RejectError, Reply, Request, answer, problem
from core.alerts import silence_store
from core.alerts.labels import RefusedError
from core.alerts.listing import silence_as_listed, silences_listed
from core.alerts.silence_tables import Silence
from core.clock import Clock
from core.config.load import Config
from core.config.senders import Source
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
    startsAt: Instant  # noqa: N815 - the sender's name
    endsAt: Instant  # noqa: N815
    createdBy: str  # noqa: N815
    comment: str
    id: str | None = None


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
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
            return answer(str(error), 400)

    async def post(self, request: Request) -> Reply:
        """`{"silenceID"}` of the new silence; 404 when the one to be replaced does not exist."""
        wanted = _wanted(decode(_decoder, request.body), request.source)
        now, actor = self._clock.now(), request.actor

        def make(session: Session) -> Silence | None:
            replaced = silence_store.lock(session, wanted.replaces) if wanted.replaces else None
            if replaced is not None and not _covered(replaced.matchers, request.source):
                return None
            return start_silence(session, self._config, wanted, actor, now)

        try:
            made = await self._database.run(make)
        except RefusedError as error:
            return answer(str(error), 400)
        return (
            answer(f"silence {wanted.replaces} not found", 404) if made is None else answer({"silenceID": made.id})
        )

    async def get(self, request: Request) -> Reply:
        now, name = self._clock.now(), _silence_id(request)

        def find(session: Session) -> dict[str, Any] | None:
            found = silence_store.lock(session, name)
            return None if found is None else silence_as_listed(found, now)

        found = await self._database.fetch(find)
        return Reply(404) if found is None else answer(found)

    async def delete(self, request: Request) -> Reply:
        now, source, name = self._clock.now(), request.source, _silence_id(request)

        def end(session: Session) -> bool:
            found = silence_store.lock(session, name)
            if found is None or not _covered(found.matchers, source):
                return False
            end_silence(session, self._config, found.id, request.actor, now)
            return True

        return Reply(200) if await self._database.run(end) else Reply(404)


def _silence_id(request: Request) -> str:
    """The id in the path; raises RejectError, with Alertmanager's code, for what is no UUID."""
    if not _UUID.fullmatch(request.name):
        shown = ascii(request.name[:60])
        raise RejectError(problem(422, f"silenceID in path must be of type uuid: {shown}", 601))
    return request.name.lower()


def _storable(text: str) -> str:
    """An id without NUL, which PostgreSQL cannot even look for; no silence has one."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _scope(source: Source) -> list[dict[str, Any]]:
    """What keeps a sender's silences to the labels that are forced on it."""
    return [{"name": n, "value": v, "isRegex": False, "isEqual": True} for n, v in source.labels.items()]


def _covered(matchers: Sequence[Any], source: Source) -> bool:
    return all(matcher in matchers for matcher in _scope(source))


def _wanted(posted: PostedSilence, source: Source) -> SilenceRequest:
    try:
        starts_at, ends_at = instant(posted.startsAt), instant(posted.endsAt)
    except msgspec.ValidationError as error:
        raise RejectError(unprocessable(str(error))) from None
    if starts_at is None or ends_at is None:
        raise RejectError(unprocessable("startsAt and endsAt are required"))
    if "\x00" in posted.comment + posted.createdBy or len(posted.comment + posted.createdBy) > MAX_TEXT:
        raise RejectError(unprocessable(f"comment and createdBy hold NUL or more than {MAX_TEXT} characters"))
    if not posted.matchers:
        raise RejectError(problem(422, "matchers in body should have at least 1 items", 612))
    matchers = [msgspec.to_builtins(matcher) for matcher in posted.matchers]
    matchers += [matcher for matcher in _scope(source) if matcher not in matchers]
    wanted = _storable(posted.id or "") or None
    return SilenceRequest(matchers, starts_at, ends_at, posted.createdBy, posted.comment, wanted)
