"""What the page reads and sends, over real HTTP: state, messages, unread marks, actions, live updates."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse

from bot.workspace.app import Workspace
from bot.workspace.config import RateLimits
from bot.workspace.gallery import form, show_gallery
from tests.workspace_page import Page
from tests.workspaces import ADA, CHANNEL, GRACE, Recorder, client_of, running

FAST = RateLimits(enabled=False)
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Ack"}, "action_id": "ack", "value": "g1"}
ACTIONS = [{"type": "actions", "block_id": "do", "elements": [BUTTON]}]


@pytest.fixture
async def app() -> Recorder:
    return Recorder()


@pytest.fixture
async def workspace(app: Recorder):
    async with running(app, rate_limits=FAST) as workspace:
        yield workspace


@pytest.fixture
async def pages(workspace: Workspace):
    async with httpx.AsyncClient() as http:
        yield lambda user: Page(http, workspace, user)


async def channel_row(page: Page, channel: str = CHANNEL) -> dict[str, Any]:
    return next(item for item in (await page.get("ui/state"))["channels"] if item["id"] == channel)


async def test_the_state_of_a_person(pages: Any, workspace: Workspace) -> None:
    state = await pages(ADA).get("ui/state")
    assert (state["me"], state["team"]["name"], state["clock"]) == (ADA, "Flights", None)
    assert [person["initials"] for person in state["people"]] == ["AL", "GH", "KJ", "LP"]
    assert {item["kind"] for item in state["channels"]} == {"channel", "dm"}
    assert [item["id"] for item in state["channels"] if item["kind"] == "dm"] == ["D0ADA"]
    assert "/oncall" in {item["command"] for item in state["commands"]}
    async with httpx.AsyncClient() as http:
        answer = await http.get(workspace.config.url("ui/state"), params={"as": "U0NOBODY"})
        assert (answer.status_code, answer.json()["ok"]) == (404, False)
        first = (await http.get(workspace.config.url("ui/state"))).json()
    assert first["me"] == workspace.people[0].id, "who has not chosen yet is the first person"


async def test_unread_marks_and_mentions(pages: Any, workspace: Workspace) -> None:
    client = client_of(workspace)
    await client.chat_postMessage(channel=CHANNEL, text="for nobody")
    await client.chat_postMessage(channel=CHANNEL, text=f"<@{GRACE}> look")
    parent = await client.chat_postMessage(channel=CHANNEL, text="<!subteam^S0ONCALL> and <!here>")
    await client.chat_postMessage(channel=CHANNEL, text=f"<@{GRACE}> here too", thread_ts=parent["ts"])
    await client.chat_postMessage(channel=CHANNEL, text="<!here> nobody hears this", thread_ts=parent["ts"])
    await client.chat_postMessage(channel=CHANNEL, text="escaped &lt;!channel&gt;")
    await client.chat_postMessage(channel=GRACE, text="private")
    ada, grace = await channel_row(pages(ADA)), await channel_row(pages(GRACE))
    assert (ada["unread"], ada["mentions"]) == (4, 1)
    assert (grace["unread"], grace["mentions"]) == (4, 3)
    assert (await channel_row(pages(GRACE), "D0GRACE"))["mentions"] == 1
    await pages(GRACE).post("ui/read", channel=CHANNEL, ts=grace["last_ts"])
    assert (await channel_row(pages(GRACE)))["unread"] == 0
    assert (await channel_row(pages(ADA)))["unread"] == 4
    assert (await pages(GRACE).post("ui/message", channel=CHANNEL, text="mine"))["ok"]
    assert (await channel_row(pages(GRACE)))["unread"] == 0, "one's own messages are not news"


async def test_messages_in_pages_of_fifty(pages: Any, workspace: Workspace) -> None:
    for number in range(60):
        await workspace.say(ADA, CHANNEL, str(number))
    last = await pages(ADA).get("ui/messages", channel=CHANNEL)
    first = await pages(ADA).get("ui/messages", channel=CHANNEL, before=last["messages"][0]["ts"])
    assert [item["text"] for item in first["messages"] + last["messages"]] == [str(number) for number in range(60)]
    assert (last["has_more"], first["has_more"]) == (True, False)


async def test_threads_hold_their_replies(pages: Any, workspace: Workspace) -> None:
    parent = await workspace.say(ADA, CHANNEL, "parent")
    assert (await pages(GRACE).post("ui/message", channel=CHANNEL, text="reply", thread_ts=parent.ts))["ok"]
    thread = await pages(ADA).get("ui/thread", channel=CHANNEL, ts=parent.ts)
    assert [item["text"] for item in thread["messages"]] == ["parent", "reply"]
    [shown] = (await pages(ADA).get("ui/messages", channel=CHANNEL))["messages"]
    assert (shown["reply_count"], shown["reply_users"], shown["latest_reply"]) == (
        1,
        [GRACE],
        thread["messages"][1]["ts"],
    )


async def test_what_somebody_types_cannot_mention_by_accident(pages: Any, workspace: Workspace) -> None:
    await pages(ADA).post("ui/message", channel=CHANNEL, text="<b>@grace</b> & a@b.example #general <!nothing>")
    [message] = workspace.messages(CHANNEL)
    assert message.text == (
        "&lt;b&gt;<@U0GRACE>&lt;/b&gt; &amp; a@b.example <#C0GENERAL|general> &lt;!nothing&gt;"
    )


async def test_a_click_carries_what_the_element_offers(pages: Any, workspace: Workspace, app: Recorder) -> None:
    ts = (await client_of(workspace).chat_postMessage(channel=CHANNEL, text="x", blocks=ACTIONS))["ts"]
    forged = {"type": "button", "value": "g2"}
    click = {"channel": CHANNEL, "ts": ts, "block_id": "do", "action_id": "ack", "state": {}}
    answer = await pages(ADA).post("ui/action", **click, value=forged)
    assert answer["ok"]
    body = dict(httpx.QueryParams(app.requests[0][1].decode()))["payload"]
    assert json.loads(body)["actions"][0]["value"] == "g1"
    gone = await pages(ADA).post("ui/action", **{**click, "action_id": "nope"}, value=forged)
    assert gone == {"ok": False, "error": "This is no longer available."}


@pytest.mark.parametrize(
    "junk", [7, [], {"type": "plain_text_input", "value": {}}, {"type": "plain_text_input", "value": [1]}]
)
async def test_what_an_element_cannot_hold_is_told(
    pages: Any, workspace: Workspace, app: Recorder, junk: Any
) -> None:
    trigger = workspace.ctx.triggers.issue(ADA)
    view = (await client_of(workspace).views_open(trigger_id=trigger, view=form()))["view"]
    for values in ({"title": {"value": junk}}, {"title": junk}):
        answer = await pages(ADA).post("ui/view/submit", view_id=view["id"], values=values)
        assert answer["ok"] is False
        assert answer["error"].startswith("value cannot hold ")
    assert app.requests == []


async def test_errors_of_a_form_come_by_block(pages: Any, workspace: Workspace, app: Recorder) -> None:
    trigger = workspace.ctx.triggers.issue(ADA)
    view = (await client_of(workspace).views_open(trigger_id=trigger, view=form()))["view"]
    assert [item["id"] for item in (await pages(ADA).get("ui/state"))["views"]] == [view["id"]]
    value = {"title": {"value": {"type": "plain_text_input", "value": ""}}}
    missing = await pages(ADA).post("ui/view/submit", view_id=view["id"], values=value)
    assert missing["errors"] == {"title": "Please complete this required field."}
    app.answer(JSONResponse({"response_action": "errors", "errors": {"title": "Taken."}}))
    value["title"]["value"]["value"] = "late labels"
    refused = await pages(ADA).post("ui/view/submit", view_id=view["id"], values=value)
    assert (refused["ok"], refused["errors"]) == (False, {"title": "Taken."})
    app.answer(JSONResponse({"response_action": "errors", "errors": {"nowhere": "x"}}))
    wrong = await pages(ADA).post("ui/view/submit", view_id=view["id"], values=value)
    assert "We had some trouble connecting." in wrong["error"], "errors must name blocks of the view"
    assert (await pages(GRACE).post("ui/view/close", view_id=view["id"]))["error"]
    assert (await pages(ADA).post("ui/view/close", view_id=view["id"]))["ok"]


async def test_a_form_is_of_the_page_on_which_it_was_asked_for(
    pages: Any, workspace: Workspace, app: Recorder
) -> None:
    async def asked_on(page: str) -> dict[str, Any]:
        await pages(ADA).post("ui/command", channel=CHANNEL, text="/bug", page=page)
        trigger = httpx.QueryParams(app.requests[-1][1].decode())["trigger_id"]
        return dict((await client_of(workspace).views_open(trigger_id=trigger, view=form()))["view"])

    async def on(page: str) -> list[str]:
        return [view["id"] for view in (await pages(ADA).get("ui/state", page=page))["views"]]

    first, second = await asked_on("first"), await asked_on("second")
    assert (await on("first"), await on("second"), await on("third")) == ([first["id"]], [second["id"]], [])
    assert (await pages(ADA).post("ui/view/close", view_id=first["id"], page="first"))["ok"]
    assert (await on("first"), await on("second")) == ([], [second["id"]])
    for number in range(30):
        await asked_on(f"left-{number}")
    assert await on("second") == [], "pages that were left with a form open are forgotten"
    assert len(await on("left-29")) == 1


async def test_live_updates_reach_who_may_see_them(pages: Any, workspace: Workspace) -> None:
    client = client_of(workspace)
    async with asyncio.timeout(10), pages(ADA).events() as events:
        await client.chat_postMessage(channel=GRACE, text="not for Ada")
        parent = await client.chat_postMessage(channel=CHANNEL, text="parent")
        assert await anext(events) == (
            "message",
            {"channel": CHANNEL, "message": workspace.messages(CHANNEL)[0].to_page()},
        )
        await client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=parent["ts"])
        reply, changed = await anext(events), await anext(events)
        assert (reply[1]["message"]["text"], changed[1]["message"]["reply_count"]) == ("reply", 1)
        await client.chat_update(channel=CHANNEL, ts=parent["ts"], text="changed")
        assert (await anext(events))[1]["message"]["text"] == "changed"
        await client.chat_postEphemeral(channel=CHANNEL, user=GRACE, text="not for Ada")
        await client.chat_postEphemeral(channel=CHANNEL, user=ADA, text="psst")
        assert (await anext(events))[1]["message"]["text"] == "psst"
        await client.chat_delete(channel=CHANNEL, ts=parent["ts"])
        assert await anext(events) == ("deleted", {"channel": CHANNEL, "ts": parent["ts"]})
        await client.views_open(trigger_id=workspace.ctx.triggers.issue(ADA), view=form())
        name, data = await anext(events)
        assert (name, len(data["stack"])) == ("view", 1)
        await workspace.close(ADA, data["stack"][0]["id"])
        assert await anext(events) == ("view", {"page": "", "stack": []})
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        await client.views_publish(user_id=ADA, view=home)
        assert (await anext(events))[0] == "home"


async def test_the_gallery_passes_its_own_checks(pages: Any, workspace: Workspace) -> None:
    show_gallery(workspace)
    shown = (await pages(ADA).get("ui/messages", channel=CHANNEL))["messages"]
    kinds = {block["type"] for message in shown for block in message["blocks"]}
    assert kinds >= {"header", "section", "divider", "context", "rich_text", "actions"}
    assert any(message["ephemeral"] for message in shown)
    assert (await pages(ADA).get("ui/home"))["view"]["type"] == "home"
