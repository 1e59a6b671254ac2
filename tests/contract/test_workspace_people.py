"""People in the corners of the workspace: elements in attachments, modals and App Home, closing, menus, bad calls."""

import json
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from starlette.responses import JSONResponse, Response

from bot.workspace.app import Workspace
from bot.workspace.config import RateLimits
from bot.workspace.gallery import ELEMENTS, form
from tests.workspaces import ADA, CHANNEL, GRACE, Recorder, client_of, make, running

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Ack"}, "action_id": "ack", "value": "g1"}
ACTIONS = [{"type": "actions", "block_id": "do", "elements": [BUTTON]}]


@pytest.fixture
def app() -> Recorder:
    return Recorder()


@pytest.fixture
async def workspace(app: Recorder):
    async with running(app, rate_limits=RateLimits(enabled=False)) as workspace:
        yield workspace


def payloads_of(app: Recorder) -> list[dict[str, Any]]:
    return [json.loads(parse_qs(body.decode())["payload"][0]) for _, body in app.requests]


async def open_form(workspace: Workspace, **fields: Any) -> dict[str, Any]:
    trigger = workspace.ctx.triggers.issue(ADA)
    return dict((await client_of(workspace).views_open(trigger_id=trigger, view={**form(), **fields}))["view"])


async def test_a_button_in_an_attachment(workspace: Workspace, app: Recorder) -> None:
    attachments = [{"color": "#d00", "text": "first"}, {"color": "#0a0", "blocks": ACTIONS}]
    await client_of(workspace).chat_postMessage(channel=CHANNEL, text="x", attachments=attachments)
    [message] = workspace.messages(CHANNEL)
    assert (await workspace.click(ADA, CHANNEL, message.ts, "ack")).ok
    [payload] = payloads_of(app)
    assert (payload["container"]["type"], payload["container"]["attachment_id"]) == ("message_attachment", 2)


async def test_buttons_that_share_an_action_are_told_apart_by_value(workspace: Workspace, app: Recorder) -> None:
    blocks = [{"type": "actions", "elements": [{**BUTTON, "value": value}]} for value in ("g1", "g2")]
    posted = await client_of(workspace).chat_postMessage(channel=CHANNEL, text="x", blocks=blocks)
    await workspace.click(ADA, CHANNEL, posted["ts"], "ack", "g2")
    assert payloads_of(app)[0]["actions"][0]["value"] == "g2"


async def test_menus_take_only_what_they_offer(workspace: Workspace, app: Recorder) -> None:
    posted = await client_of(workspace).chat_postMessage(channel=CHANNEL, text="x", blocks=ELEMENTS)
    ts = posted["ts"]
    assert (await workspace.click(ADA, CHANNEL, ts, "mode", "data")).ok
    assert (await workspace.click(ADA, CHANNEL, ts, "labels", ["ewr", "lga"])).ok
    assert (await workspace.click(ADA, CHANNEL, ts, "grouped", "some_nulls")).ok
    assert not (await workspace.click(ADA, CHANNEL, ts, "mode", "aliens")).ok
    first, second, third = payloads_of(app)
    assert first["actions"][0]["selected_option"]["value"] == "data"
    assert [item["value"] for item in second["actions"][0]["selected_options"]] == ["ewr", "lga"]
    assert third["actions"][0]["selected_option"]["text"]["text"] == "Some nulls"
    values = {name: state for block in first["state"]["values"].values() for name, state in block.items()}
    assert values["mode"]["selected_option"]["value"] == "data"
    assert values["severity"]["selected_option"]["value"] == "high", "the others are sent as they stand"


async def test_elements_in_a_modal_remember_what_was_entered(workspace: Workspace, app: Recorder) -> None:
    view = await open_form(workspace, blocks=[*form()["blocks"][:2], ELEMENTS[0]])
    assert (await workspace.click_in_view(ADA, view["id"], "ack")).ok
    [payload] = payloads_of(app)
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert payload["view"]["state"]["values"]["title"]["value"]["value"] is None
    assert "response_url" not in payload
    assert not (await workspace.click_in_view(GRACE, view["id"], "ack")).ok, "a modal is one person's"


async def test_a_modal_pushed_by_a_click_lies_on_top(workspace: Workspace, app: Recorder) -> None:
    view = await open_form(workspace, blocks=[ELEMENTS[0]])
    await workspace.click_in_view(ADA, view["id"], "ack")
    trigger = payloads_of(app)[0]["trigger_id"]
    pushed = (await client_of(workspace).views_push(trigger_id=trigger, view=form()))["view"]
    assert pushed["previous_view_id"] == view["id"]
    assert [item["id"] for item in workspace.views(ADA)] == [view["id"], pushed["id"]]
    await workspace.close(ADA, pushed["id"])
    assert [item["id"] for item in workspace.views(ADA)] == [view["id"]]


async def test_buttons_on_app_home(workspace: Workspace, app: Recorder) -> None:
    home = {"type": "home", "blocks": ACTIONS}
    published = (await client_of(workspace).views_publish(user_id=ADA, view=home))["view"]
    assert (await workspace.click_in_view(ADA, published["id"], "ack")).ok
    assert payloads_of(app)[0]["view"]["type"] == "home"
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client_of(workspace).views_publish(user_id=ADA, view=home, hash="stale")
    with pytest.raises(SlackApiError, match="user_not_found"):
        await client_of(workspace).views_publish(user_id="U0NOBODY", view=home)


async def test_closing_clears_the_stack_where_the_view_says_so(workspace: Workspace, app: Recorder) -> None:
    await open_form(workspace, notify_on_close=True)
    root = workspace.views(ADA)[0]
    trigger = workspace.ctx.triggers.issue(ADA, root["id"])
    top = {**form(), "clear_on_close": True, "notify_on_close": True}
    pushed = (await client_of(workspace).views_push(trigger_id=trigger, view=top))["view"]
    await workspace.close(ADA, pushed["id"])
    assert workspace.views(ADA) == []
    assert [(item["type"], item["is_cleared"]) for item in payloads_of(app)] == [("view_closed", True)] * 2


async def test_a_submission_may_clear_or_say_nonsense(workspace: Workspace, app: Recorder) -> None:
    view = await open_form(workspace)
    app.answer(JSONResponse({"response_action": "explode"}))
    odd = await workspace.submit(ADA, view["id"], {"title": "labels"})
    app.answer(JSONResponse({"response_action": "update", "view": {"type": "modal"}}))
    bad = await workspace.submit(ADA, view["id"], {"title": "labels"})
    app.answer(Response(status_code=500))
    down = await workspace.submit(ADA, view["id"], {"title": "labels"})
    for outcome in (odd, bad, down):
        assert (outcome.error or "").startswith("We had some trouble connecting. Try again?")
    assert len(workspace.views(ADA)) == 1, "nothing typed is lost"
    app.answer(JSONResponse({"response_action": "clear"}))
    assert (await workspace.submit(ADA, view["id"], {"title": "labels"})).ok
    assert workspace.views(ADA) == []
    assert not (await workspace.submit(ADA, view["id"], {})).ok


async def test_an_external_id_names_one_view(workspace: Workspace) -> None:
    await open_form(workspace, external_id="bug-7")
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await open_form(workspace, external_id="bug-7")
    other = {**form(), "external_id": "bug-7", "title": {"type": "plain_text", "text": "Two"}}
    await client_of(workspace).views_update(external_id="bug-7", view=other)
    assert workspace.views(ADA)[0]["title"]["text"] == "Two"


async def test_calling_the_bot_where_it_is_not(workspace: Workspace, app: Recorder) -> None:
    await workspace.say(ADA, "C0GENERAL", "@goldilocks hello?")
    [told] = workspace.ephemerals(ADA)
    assert "not in this channel" in told.text
    assert app.requests == []
    assert not (await workspace.say(ADA, CHANNEL, "  ")).ok
    assert not (await workspace.say(ADA, CHANNEL, "x", thread_ts="1.000001")).ok
    assert not (await workspace.say(ADA, "D0GRACE", "psst")).ok


async def test_a_deleted_reply_no_longer_counts(workspace: Workspace) -> None:
    client = client_of(workspace)
    parent = (await client.chat_postMessage(channel=CHANNEL, text="parent"))["ts"]
    replies = [
        (await client.chat_postMessage(channel=CHANNEL, text=text, thread_ts=parent, reply_broadcast=True))["ts"]
        for text in ("one", "two")
    ]
    assert [message.text for message in workspace.messages(CHANNEL)] == ["parent", "one", "two"]
    await client.chat_delete(channel=CHANNEL, ts=replies[1])
    [shown, _] = workspace.messages(CHANNEL)
    assert (shown.reply_count, shown.latest_reply) == (1, replies[0])


async def test_form_encoded_calls_carry_json_in_their_fields(workspace: Workspace) -> None:
    url = workspace.config.url("api/chat.postMessage")
    token = {"token": workspace.config.bot_token}
    async with httpx.AsyncClient() as http:
        form_fields = {**token, "channel": CHANNEL, "text": "x", "blocks": json.dumps(ACTIONS)}
        assert (await http.post(url, data=form_fields)).json()["ok"]
        broken = {**token, "channel": CHANNEL, "text": "x", "blocks": "[{"}
        assert (await http.post(url, data=broken)).json()["error"] == "invalid_blocks_format"
        bearer = {"Authorization": f"Bearer {workspace.config.bot_token}", "content-type": "application/json"}
        assert (await http.post(url, content=b"{", headers=bearer)).json()["error"] == "invalid_json"
        as_list = await http.post(url, json={"channel": CHANNEL, "text": "x", "blocks": {}}, headers=bearer)
        assert as_list.json()["error"] == "invalid_blocks_format"
        limit = workspace.config.url("api/conversations.history")
        odd = await http.post(limit, data={**token, "channel": CHANNEL, "limit": "many"})
        assert odd.json()["error"] == "invalid_arguments"
        odd = await http.post(limit, data={**token, "channel": CHANNEL, "oldest": "yesterday"})
        assert odd.json()["error"] == "invalid_ts_oldest"


async def test_files_come_back_with_the_journal(tmp_path: Any) -> None:
    async with running(journal=tmp_path / "workspace.jsonl") as workspace:
        uploaded = await client_of(workspace).files_upload_v2(
            filename="chart.png", content=b"\x89PNG", channel=CHANNEL
        )
        await client_of(workspace).usergroups_users_update(usergroup="S0ONCALL", users=[GRACE])
    again = make(journal=tmp_path / "workspace.jsonl")
    file = again.ctx.files.get(uploaded["file"]["id"])
    assert file is not None
    assert (file.content, file.shows_as_image) == (b"\x89PNG", True)
    assert again.messages(CHANNEL)[0].files[0]["id"] == file.id
    assert again.ctx.state.user_groups["S0ONCALL"] == [GRACE]
