"""The workspace's Web API, called by slack_sdk's own client over real HTTP."""

from datetime import timedelta

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.app import Workspace
from core.clock import SimulatedClock
from tests.workspaces import ADA, CHANNEL, QUIET, START, client_of, error, refusal, running

SECTION = [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Ack"}, "action_id": "ack"}


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


@pytest.fixture
async def workspace(clock: SimulatedClock):
    async with running(clock=clock) as workspace:
        yield workspace


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return client_of(workspace)


async def test_a_token_is_asked_for(workspace: Workspace) -> None:
    assert (await client_of(workspace).auth_test())["user_id"] == workspace.config.bot_user_id
    assert await error(client_of(workspace, "").auth_test()) == "not_authed"
    assert await error(client_of(workspace, "xoxb-wrong").auth_test()) == "invalid_auth"
    assert await error(client_of(workspace).apps_connections_open(app_token="xoxb-workspace")) == (
        "not_allowed_token_type"
    )
    assert await error(client_of(workspace).api_call("chat.shout")) == "unknown_method"


async def test_a_scope_that_is_missing_is_named() -> None:
    async with running(scopes=frozenset({"chat:write"})) as workspace:
        client = client_of(workspace)
        await client.chat_postMessage(channel=CHANNEL, text="allowed")
        body = await refusal(client.users_list())
    assert (body["error"], body["needed"], body["provided"]) == ("missing_scope", "users:read", "chat:write")


async def test_a_post_arrives_and_is_read_back(workspace: Workspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="#flights-ml", text="hello", blocks=SECTION)
    assert posted["channel"] == CHANNEL
    assert posted["ts"] == f"{int(START.timestamp())}.000001"
    [message] = (await client.conversations_history(channel=CHANNEL))["messages"]
    assert (message["ts"], message["text"], message["bot_id"]) == (posted["ts"], "hello", workspace.config.bot_id)
    assert message["blocks"][0]["block_id"], "Slack names blocks that the app did not"


async def test_where_the_bot_may_post(client: AsyncWebClient) -> None:
    assert await error(client.chat_postMessage(channel="C0NOWHERE", text="hi")) == "channel_not_found"
    assert await error(client.chat_postMessage(channel=QUIET, text="hi")) == "not_in_channel"
    await client.conversations_join(channel=QUIET)
    assert (await client.chat_postMessage(channel=QUIET, text="hi"))["ok"]
    assert (await client.chat_postMessage(channel=ADA, text="hi"))["channel"].startswith("D")


@pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing:UserWarning")  # so the client says
async def test_a_message_must_say_something_but_not_too_much(client: AsyncWebClient) -> None:
    assert await error(client.chat_postMessage(channel=CHANNEL, text=" ")) == "no_text"
    assert await error(client.chat_postMessage(channel=CHANNEL, text="x" * 40_001)) == "msg_too_long"
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_900}} for _ in range(5)]
    assert await error(client.chat_postMessage(channel=CHANNEL, text="x", blocks=long)) == "msg_blocks_too_long"


async def test_too_many_blocks_are_refused_with_their_place(client: AsyncWebClient) -> None:
    body = await refusal(client.chat_postMessage(channel=CHANNEL, text="x", blocks=[{"type": "divider"}] * 51))
    assert body["error"] == "invalid_blocks"
    assert body["errors"] == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert body["response_metadata"]["messages"] == [
        "[ERROR] no more than 50 items allowed [json-pointer:/blocks]"
    ]


async def test_blocks_inside_attachments_are_checked_too(client: AsyncWebClient) -> None:
    bad = [{"color": "#f00", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}]
    body = await refusal(client.chat_postMessage(channel=CHANNEL, text="x", attachments=bad))
    assert body["error"] == "invalid_attachments"
    assert any("/attachments/0/blocks/0/text" in line for line in body["response_metadata"]["messages"])


async def test_one_post_a_second_in_each_channel_after_a_short_burst(
    client: AsyncWebClient, clock: SimulatedClock
) -> None:
    for _ in range(3):
        await client.chat_postMessage(channel=CHANNEL, text="one")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=CHANNEL, text="two")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert caught.value.response["error"] == "ratelimited"
    await client.chat_postMessage(channel=ADA, text="elsewhere is free")
    clock.advance(timedelta(seconds=1))
    await client.chat_postMessage(channel=CHANNEL, text="two")


async def test_other_methods_follow_their_tier(client: AsyncWebClient, clock: SimulatedClock) -> None:
    for _ in range(20):
        await client.users_list()
    with pytest.raises(SlackApiError) as caught:
        await client.users_list()
    assert caught.value.response.headers["Retry-After"] == "3"
    clock.advance(timedelta(seconds=3))
    assert (await client.users_list())["ok"]


async def test_a_refused_post_costs_no_rate(client: AsyncWebClient) -> None:
    refused = client.chat_postMessage(channel=CHANNEL, text="odd", blocks=[{"type": "x"}])
    assert await error(refused) == "invalid_blocks"
    assert (await client.chat_postMessage(channel=CHANNEL, text="fine"))["ok"]


async def test_replies_stay_in_their_thread(client: AsyncWebClient, clock: SimulatedClock) -> None:
    parent = (await client.chat_postMessage(channel=CHANNEL, text="parent"))["ts"]
    assert (
        await error(client.chat_postMessage(channel=CHANNEL, text="x", thread_ts="1.000001")) == "thread_not_found"
    )
    clock.advance(timedelta(seconds=1))
    reply = (await client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=parent))["ts"]
    clock.advance(timedelta(seconds=1))
    await client.chat_postMessage(channel=CHANNEL, text="to a reply", thread_ts=reply)
    thread = (await client.conversations_replies(channel=CHANNEL, ts=parent))["messages"]
    assert [item["text"] for item in thread] == ["parent", "reply", "to a reply"]
    assert {item["thread_ts"] for item in thread} == {parent}
    [shown] = (await client.conversations_history(channel=CHANNEL))["messages"]
    assert (shown["reply_count"], shown["latest_reply"]) == (2, thread[-1]["ts"])


async def test_metadata_is_returned_only_when_asked_for(client: AsyncWebClient) -> None:
    mark = {"event_type": "outbox", "event_payload": {"id": "42"}}
    parent = await client.chat_postMessage(channel=CHANNEL, text="marked", metadata=mark)
    [plain] = (await client.conversations_history(channel=CHANNEL))["messages"]
    [full] = (await client.conversations_history(channel=CHANNEL, include_all_metadata=True))["messages"]
    replies = await client.conversations_replies(channel=CHANNEL, ts=parent["ts"], include_all_metadata=True)
    assert "metadata" not in plain
    assert full["metadata"] == replies["messages"][0]["metadata"] == mark
    bad = client.chat_postMessage(channel=CHANNEL, text="x", metadata={"event_type": "outbox"})
    assert await error(bad) == "invalid_metadata_schema"


async def test_history_in_pages_and_between_moments(client: AsyncWebClient, clock: SimulatedClock) -> None:
    sent = []
    for number in range(5):
        sent.append((await client.chat_postMessage(channel=CHANNEL, text=str(number)))["ts"])
        clock.advance(timedelta(seconds=1))
    first = await client.conversations_history(channel=CHANNEL, limit=3)
    rest = await client.conversations_history(
        channel=CHANNEL, limit=3, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [item["text"] for page in (first, rest) for item in page["messages"]] == ["4", "3", "2", "1", "0"]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    between = await client.conversations_history(channel=CHANNEL, oldest=sent[1], latest=sent[3])
    assert [item["text"] for item in between["messages"]] == ["2"]
    exact = await client.conversations_history(channel=CHANNEL, oldest=sent[1], latest=sent[1], inclusive=True)
    assert [item["text"] for item in exact["messages"]] == ["1"]
    assert await error(client.conversations_history(channel=CHANNEL, cursor="nonsense")) == "invalid_cursor"


async def test_updating_follows_slacks_rules(workspace: Workspace, client: AsyncWebClient) -> None:
    attachments = [{"color": "#d00", "blocks": SECTION}]
    ts = (await client.chat_postMessage(channel=CHANNEL, text="v1", blocks=SECTION, attachments=attachments))["ts"]
    await client.chat_update(channel=CHANNEL, ts=ts, text="v2")
    [message] = workspace.messages(CHANNEL)
    assert (message.text, message.blocks) == ("v2", []), "a text without blocks removes the blocks"
    assert message.attachments, "attachments stay unless they are passed"
    assert message.edited
    await client.chat_update(channel=CHANNEL, ts=ts, attachments=[], blocks=SECTION)
    assert (message.text, message.attachments) == ("v2", [])
    assert message.blocks
    assert await error(client.chat_update(channel=CHANNEL, ts=ts, text="x" * 4_001)) == "msg_too_long"
    assert await error(client.chat_update(channel=CHANNEL, ts="1.000001", text="x")) == "message_not_found"


async def test_only_its_own_messages_can_be_changed(workspace: Workspace, client: AsyncWebClient) -> None:
    said = await workspace.say(ADA, CHANNEL, "mine")
    assert await error(client.chat_update(channel=CHANNEL, ts=said.ts, text="x")) == "cant_update_message"
    assert await error(client.chat_delete(channel=CHANNEL, ts=said.ts)) == "cant_delete_message"
    ts = (await client.chat_postMessage(channel=CHANNEL, text="the bot's"))["ts"]
    await client.chat_delete(channel=CHANNEL, ts=ts)
    assert [message.text for message in workspace.messages(CHANNEL)] == ["mine"]


async def test_ephemeral_messages_reach_one_person(workspace: Workspace, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel=CHANNEL, user=ADA, text="psst")
    assert [message.text for message in workspace.ephemerals(ADA)] == ["psst"]
    assert workspace.messages(CHANNEL) == []
    assert (await client.conversations_history(channel=CHANNEL))["messages"] == []
    assert await error(client.chat_postEphemeral(channel=CHANNEL, user="U0NOBODY", text="x")) == "user_not_found"


async def test_people_groups_and_channels(client: AsyncWebClient) -> None:
    assert (await client.users_info(user=ADA))["user"]["profile"]["display_name"] == "ada"
    assert (await client.users_lookupByEmail(email="ada@flights.example"))["user"]["id"] == ADA
    assert await error(client.users_lookupByEmail(email="no@flights.example")) == "users_not_found"
    names = {item["name"] for item in (await client.conversations_list())["channels"]}
    assert names == {"flights-ml", "flights-review", "general"}
    assert (await client.conversations_open(users=ADA))["channel"]["id"] == "D0ADA"
    assert ADA in (await client.conversations_members(channel=CHANNEL))["members"]
    assert await error(client.usergroups_users_update(usergroup="S0ONCALL", users=[])) == "no_users_provided"
    await client.usergroups_users_update(usergroup="S0ONCALL", users=[ADA])
    assert (await client.usergroups_users_list(usergroup="S0ONCALL"))["users"] == [ADA]


async def test_marks_and_links(client: AsyncWebClient, workspace: Workspace) -> None:
    ts = (await client.chat_postMessage(channel=CHANNEL, text="x"))["ts"]
    await client.reactions_add(channel=CHANNEL, timestamp=ts, name="eyes")
    assert await error(client.reactions_add(channel=CHANNEL, timestamp=ts, name="eyes")) == "already_reacted"
    await client.pins_add(channel=CHANNEL, timestamp=ts)
    assert await error(client.pins_add(channel=CHANNEL, timestamp=ts)) == "already_pinned"
    await client.bookmarks_add(channel_id=CHANNEL, title="Runbook", type="link", link="https://example.com")
    assert [item["title"] for item in (await client.bookmarks_list(channel_id=CHANNEL))["bookmarks"]] == [
        "Runbook"
    ]
    permalink = (await client.chat_getPermalink(channel=CHANNEL, message_ts=ts))["permalink"]
    assert permalink == workspace.config.url(f"archives/{CHANNEL}/p{ts.replace('.', '')}")


async def test_a_picture_can_be_shown_only_once_it_is_processed() -> None:
    async with running(file_processing_seconds=3600.0) as workspace:
        client = client_of(workspace)
        uploaded = await client.files_upload_v2(filename="chart.png", content=b"\x89PNG....", title="Chart")
        file_id = uploaded["file"]["id"]
        blocks = [{"type": "image", "alt_text": "chart", "slack_file": {"id": file_id}}]
        assert (await client.files_info(file=file_id))["file"]["mimetype"] == ""
        body = await refusal(client.chat_postMessage(channel=CHANNEL, text="chart", blocks=blocks))
        assert body["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
        workspace.ctx.files.finish_processing(file_id)
        assert (await client.files_info(file=file_id))["file"]["mimetype"] == "image/png"
        assert (await client.chat_postMessage(channel=CHANNEL, text="chart", blocks=blocks))["ok"]
        async with (
            aiohttp.ClientSession() as session,
            session.get(workspace.config.url(f"files/{file_id}")) as got,
        ):
            assert (got.status, await got.read(), got.content_type) == (200, b"\x89PNG....", "image/png")


async def test_an_upload_can_be_shared_into_a_thread(workspace: Workspace, client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=CHANNEL, text="parent"))["ts"]
    await client.files_upload_v2(
        filename="rows.csv", content="a,b\n1,2", channel=CHANNEL, thread_ts=parent, initial_comment="the rows"
    )
    [_, shared] = workspace.thread(CHANNEL, parent)
    assert (shared.text, shared.files[0]["name"]) == ("the rows", "rows.csv")
    assert await error(client.files_upload_v2(filename="x.csv", content="x", channel=QUIET)) == "not_in_channel"


async def test_an_upload_must_have_the_announced_length(client: AsyncWebClient) -> None:
    assert await error(client.files_getUploadURLExternal(filename="x", length=0)) == "invalid_arguments"
    place = await client.files_getUploadURLExternal(filename="x.txt", length=5)
    async with aiohttp.ClientSession() as session, session.post(place["upload_url"], data=b"four") as answer:
        assert answer.status == 400
    completion = client.files_completeUploadExternal(files=[{"id": place["file_id"], "title": "x"}])
    assert await error(completion) == "file_not_found"
