"""For tests that run the workspace as a process of its own: the fault switch and the call counter over HTTP."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .context import Context
from .faults import Fault


def routes(ctx: Context) -> list[Route]:
    """`GET control/calls`, `POST control/faults`, `DELETE control/faults`; all want the bot token."""

    def refused(request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {ctx.config.bot_token}":
            return None
        return JSONResponse({"ok": False, "error": "invalid_auth"}, status_code=401)

    async def calls(request: Request) -> Response:
        return refused(request) or JSONResponse(dict(ctx.calls))

    async def add_fault(request: Request) -> Response:
        if refusal := refused(request):
            return refusal
        fault = Fault(**await request.json())
        ctx.faults.add(**asdict(fault))
        return JSONResponse({"ok": True})

    async def clear_faults(request: Request) -> Response:
        if refusal := refused(request):
            return refusal
        ctx.faults.clear()
        return JSONResponse({"ok": True})

    return [
        Route("/control/calls", calls, methods=["GET"]),
        Route("/control/faults", add_fault, methods=["POST"]),
        Route("/control/faults", clear_faults, methods=["DELETE"]),
    ]
