"""What the workspace sends to an app: signatures, acknowledgements, retries, response URLs and trigger ids."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.workspace.gallery import form
from core.clock import SimulatedClock
from tests.workspaces import ADA, CHANNEL, GRACE, START, Recorder, client_of, running

ACTIONS = [
    {
        "type": "actions",
        "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Ack"}, "action_id": "ack"}],
    }
]


def form_of(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}


def payload_of(body: bytes) -> dict[str, Any]:
    return dict(json.loads(form_of(body)["payload"]))


async def test_every_request_is_signed_over_its_raw_body() -> None:
    app = Recorder()
    async with running(app) as workspace:
        await client_of(workspace).chat_postMessage(channel=CHANNEL, text="x", blocks=ACTIONS)
        [message] = workspace.messages(CHANNEL)
        await workspace.slash(ADA, CHANNEL, "/oncall", "who")
        await workspace.click(ADA, CHANNEL, message.ts, "ack")
        await workspace.say(ADA, CHANNEL, "hello")
        await workspace.settle()
        verifier = SignatureVerifier(workspace.config.signing_secret)
    assert len(app.requests) == 3
    for headers, body in app.requests:
        assert verifier.is_valid_request(body, headers)
        assert not verifier.is_valid_request(body + b" ", headers)


async def test_a_command_has_every_field_of_slacks() -> None:
    app = Recorder()
    async with running(app) as workspace:
        await workspace.slash(ADA, CHANNEL, "/oncall", "who #flights-review")
    [(headers, body)] = app.requests
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    fields = form_of(body)
    assert set(fields) >= {"token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name"}
    assert set(fields) >= {"command", "text", "api_app_id", "response_url", "trigger_id"}
    assert fields["text"] == "who <#C0REVIEW|flights-review>"


async def test_an_unacknowledged_event_is_sent_again_under_the_same_id() -> None:
    app = Recorder(*(Response(status_code=500) for _ in range(2)))
    async with running(app, retry_delays=(0.0, 0.0, 0.0)) as workspace:
        await workspace.say(ADA, CHANNEL, "hello")
        await workspace.settle()
    assert len(app.requests) == 3, "two failures, then an acknowledgement"
    assert len({json.loads(body)["event_id"] for _, body in app.requests}) == 1
    numbers = [headers.get("x-slack-retry-num") for headers, _ in app.requests]
    reasons = [headers.get("x-slack-retry-reason") for headers, _ in app.requests]
    assert (numbers, reasons) == ([None, "1", "2"], [None, "http_error", "http_error"])


async def test_slack_gives_up_after_three_retries() -> None:
    app = Recorder(*(Response(status_code=500) for _ in range(9)))
    async with running(app, retry_delays=(0.0, 0.0, 0.0)) as workspace:
        await workspace.say(ADA, CHANNEL, "hello")
        await workspace.settle()
    assert len(app.requests) == 4


async def test_an_app_can_ask_not_to_be_sent_an_event_again() -> None:
    app = Recorder(Response(status_code=500, headers={"X-Slack-No-Retry": "1"}))
    async with running(app, retry_delays=(0.0, 0.0, 0.0)) as workspace:
        await workspace.say(ADA, CHANNEL, "hello")
        await workspace.settle()
    assert len(app.requests) == 1


async def test_a_click_is_never_sent_again() -> None:
    app = Recorder(Response(status_code=500))
    async with running(app, retry_delays=(0.0, 0.0, 0.0)) as workspace:
        ts = (await client_of(workspace).chat_postMessage(channel=CHANNEL, text="x", blocks=ACTIONS))["ts"]
        outcome = await workspace.click(ADA, CHANNEL, ts, "ack")
    assert (outcome.ok, outcome.status, outcome.error) == (False, 500, "dispatch_failed")
    assert len(app.requests) == 1


async def test_who_answers_too_late_has_failed() -> None:
    released = asyncio.Event()

    async def slow(_: Request) -> Response:
        await released.wait()
        return Response()

    async with running(slow, ack_seconds=0.05) as workspace:
        outcome = await workspace.slash(ADA, CHANNEL, "/oncall", "who")
        released.set()
        [told] = workspace.ephemerals(ADA)
    assert outcome.error == told.text == '/oncall failed with the error "operation_timeout"'


async def test_an_app_that_is_away_has_failed() -> None:
    async with running() as workspace:
        outcome = await workspace.slash(ADA, CHANNEL, "/oncall", "who")
    assert outcome.error == '/oncall failed with the error "dispatch_failed"'


async def test_what_slack_itself_refuses_never_reaches_the_app() -> None:
    app = Recorder()
    async with running(app) as workspace:
        said = await workspace.say(ADA, "C0GENERAL", "hello")
        in_thread = await workspace.slash(ADA, "C0GENERAL", "/oncall", "who", thread_ts=said.ts)
        unknown = await workspace.slash(ADA, CHANNEL, "/nothing")
        nobody = await workspace.slash("U0NOBODY", CHANNEL, "/oncall")
    assert in_thread.error == "/oncall is not supported in threads. Sorry!"
    assert unknown.error is not None
    assert unknown.error.startswith("/nothing is not a valid command. There is /")
    assert not nobody.ok
    assert app.requests == [], "nor does it hear what is said where it is no member"


async def test_the_acknowledgement_of_a_command_may_speak() -> None:
    answers = (
        PlainTextResponse("just text"),
        JSONResponse({"response_type": "in_channel", "text": "for all"}),
        JSONResponse({"text": "x", "blocks": [{"type": "divider"}] * 51}),
    )
    async with running(Recorder(*answers)) as workspace:
        for _ in answers:
            last = await workspace.slash(ADA, CHANNEL, "/oncall")
        private = [message.text for message in workspace.ephemerals(ADA)]
        public = [message.text for message in workspace.messages(CHANNEL)]
    assert (private[0], public) == ("just text", ["for all"])
    assert last.error == '/oncall failed with the error "invalid_blocks"'


async def test_a_response_url_works_five_times_in_thirty_minutes() -> None:
    app, clock = Recorder(), SimulatedClock(START)
    async with running(app, clock=clock) as workspace, httpx.AsyncClient() as http:
        await workspace.slash(ADA, CHANNEL, "/oncall")
        await workspace.slash(ADA, CHANNEL, "/oncall")
        first, second = (form_of(body)["response_url"] for _, body in app.requests)
        answers = [await http.post(first, json={"text": f"{number}"}) for number in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [404]
        assert answers[-1].json()["error"] == "used_url"
        clock.advance(timedelta(minutes=31))
        assert (await http.post(second, json={"text": "late"})).json()["error"] == "expired_url"
        assert [message.text for message in workspace.ephemerals(ADA)] == ["0", "1", "2", "3", "4"]


async def test_a_response_url_replaces_and_deletes() -> None:
    app = Recorder()
    async with running(app) as workspace, httpx.AsyncClient() as http:
        await workspace.slash(ADA, CHANNEL, "/oncall")
        url = form_of(app.requests[0][1])["response_url"]
        await http.post(url, json={"text": "menu", "blocks": ACTIONS})
        [menu] = workspace.ephemerals(ADA)
        assert (await workspace.click(GRACE, CHANNEL, menu.ts, "ack")).error, "others do not even see it"
        assert (await workspace.click(ADA, CHANNEL, menu.ts, "ack")).ok
        click = payload_of(app.requests[1][1])
        assert click["container"]["is_ephemeral"]
        assert "message" not in click, "Slack does not send an ephemeral message along"
        await http.post(click["response_url"], json={"replace_original": True, "text": "chosen"})
        assert [(message.text, message.blocks) for message in workspace.ephemerals(ADA)] == [("chosen", [])]
        await http.post(click["response_url"], json={"delete_original": True})
        assert workspace.ephemerals(ADA) == []
        refused = await http.post(click["response_url"], json={"text": "x", "blocks": [{"type": "nope"}]})
        assert (refused.status_code, refused.json()["error"]) == (404, "invalid_blocks")


async def test_a_trigger_opens_one_view() -> None:
    async with running() as workspace:
        client = client_of(workspace)
        trigger = workspace.ctx.triggers.issue(ADA)

        async def open_view(trigger_id: str, view: dict[str, Any]) -> str | None:
            try:
                await client.views_open(trigger_id=trigger_id, view=view)
            except SlackApiError as refusal:
                return str(refusal.response["error"])
            return None

        assert await open_view(trigger, {"type": "modal", "blocks": []}) == "invalid_arguments"
        assert await open_view(trigger, form()) is None, "a refused view does not use the trigger up"
        assert await open_view(trigger, form()) == "exchanged_trigger_id"
        assert await open_view("12.34.ab", form()) == "invalid_trigger_id"


async def test_views_are_pushed_and_updated_by_slacks_rules() -> None:
    async with running() as workspace:
        client, triggers = client_of(workspace), workspace.ctx.triggers
        with pytest.raises(SlackApiError, match="not_found"):
            await client.views_push(trigger_id=triggers.issue(ADA), view=form())
        opened = (await client.views_open(trigger_id=triggers.issue(ADA), view=form()))["view"]
        for _ in range(2):
            await client.views_push(trigger_id=triggers.issue(ADA, opened["id"]), view=form())
        with pytest.raises(SlackApiError, match="push_limit_reached"):
            await client.views_push(trigger_id=triggers.issue(ADA, opened["id"]), view=form())
        first = await client.views_update(view_id=opened["id"], hash=opened["hash"], view=form())
        with pytest.raises(SlackApiError, match="hash_conflict"):
            await client.views_update(view_id=opened["id"], hash=opened["hash"], view=form())
        assert first["view"]["root_view_id"] == opened["id"]
        with pytest.raises(SlackApiError, match="not_found"):
            await client.views_update(view_id="V0GONE", view=form())


async def test_private_metadata_and_callback_come_back() -> None:
    app = Recorder()
    async with running(app) as workspace:
        view = {**form("file_bug"), "private_metadata": "group:7"}
        trigger = workspace.ctx.triggers.issue(ADA)
        opened = (await client_of(workspace).views_open(trigger_id=trigger, view=view))["view"]
        await workspace.submit(ADA, opened["id"], {"title": "late labels"})
    sent = payload_of(app.requests[0][1])["view"]
    assert (sent["private_metadata"], sent["callback_id"], sent["id"]) == ("group:7", "file_bug", opened["id"])
