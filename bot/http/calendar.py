"""`/calendar/SECRET.ics`: a rota for the calendars that people have. The address itself is the secret."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.clock import Clock
from core.config.load import Config
from core.db.database import Database
from workflows.share_calendar import read

HEADERS = {"cache-control": "private, max-age=300", "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}


def routes(config: Config, database: Database, clock: Clock) -> list[Route]:
    """The calendar's route; unknown and revoked secrets are the same 404."""

    async def calendar(request: Request) -> Response:
        secret = str(request.path_params["secret"])
        found = await database.fetch(lambda session: read(session, config, secret, clock.now()))
        if found is None:
            return Response("There is no such calendar.\n", status_code=404, media_type="text/plain")
        return Response(found, media_type="text/calendar", headers=HEADERS)

    return [Route("/calendar/{secret:str}.ics", calendar, methods=["GET"])]
