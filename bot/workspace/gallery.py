"""One of everything: messages that hold every block and element, to develop and test the page against."""

from .app import Workspace
from .messages import Json
from .picture import bars
from .webapi import chat
from .webapi.arguments import Arguments
from .webapi.views import checked

_RED, _GREEN = "#d64545", "#2e9e6b"


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def _mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def _options(*names: str) -> list[Json]:
    return [{"text": _plain(name), "value": name.lower().replace(" ", "_")} for name in names]


def _confirm(what: str) -> Json:
    return {
        "title": _plain(f"{what}?"),
        "text": _mrkdwn(f"{what}: *flights* from v7 back to v6."),
        "confirm": _plain(what),
        "deny": _plain("Keep"),
        "style": "danger",
    }


def _button(text: str, action_id: str, **more: object) -> Json:
    return {"type": "button", "text": _plain(text), "action_id": action_id, "value": action_id, **more}


TEXTS: list[Json] = [
    {"type": "header", "text": _plain("Every block and element")},
    {
        "type": "section",
        "text": _mrkdwn(
            "*bold* _italic_ ~struck~ `code` <https://example.com|a link> <@U0ADA> <#C0FLIGHTS> <!here> "
            "<!subteam^S0ONCALL> <!date^1367400600^{date_short_pretty} {time}|1 May 2013> :warning: "
            "&lt;escaped&gt;\n"
            "> a quote\n• a bullet\n```\na block\n  of code\n```"
        ),
    },
    {"type": "divider"},
    {
        "type": "section",
        "fields": [
            _mrkdwn(f"*{name}*\n{value}")
            for name, value in (
                ("SLO", "0.80"),
                ("Realized", "0.71"),
                ("Labels in", "94%"),
                ("Worst slice", "EWR, evening"),
            )
        ],
    },
    {"type": "section", "text": _mrkdwn("A section with a button"), "accessory": _button("Look", "look")},
    {
        "type": "context",
        "elements": [_mrkdwn("*context* with <https://example.com|a link>"), _plain("and plain text")],
    },
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Rich "},
                    {"type": "text", "text": "text", "style": {"bold": True}},
                    {"type": "text", "text": " with "},
                    {"type": "user", "user_id": "U0GRACE"},
                    {"type": "text", "text": " "},
                    {"type": "emoji", "name": "tada"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": item}]}
                    for item in ("one", "two")
                ],
            },
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "SELECT 1;"}]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]},
        ],
    },
]

ELEMENTS: list[Json] = [
    {
        "type": "actions",
        "elements": [
            _button("Acknowledge", "ack", style="primary"),
            _button("Roll back", "rollback", style="danger", confirm=_confirm("Roll back")),
            _button("Runbook", "runbook", url="https://example.com/runbook"),
            {
                "type": "overflow",
                "action_id": "more",
                "options": _options("Silence 1 h", "Silence 1 d", "File bug"),
            },
        ],
    },
    {
        "type": "actions",
        "elements": [
            {
                "type": "static_select",
                "action_id": "mode",
                "placeholder": _plain("Failure mode"),
                "options": _options("Weather", "Timetable", "Data"),
            },
            {
                "type": "static_select",
                "action_id": "grouped",
                "placeholder": _plain("In groups"),
                "option_groups": [
                    {"label": _plain("Hard"), "options": _options("Swapped columns", "Impossible values")},
                    {"label": _plain("Soft"), "options": _options("Some nulls")},
                ],
            },
            {
                "type": "external_select",
                "action_id": "similar",
                "placeholder": _plain("Similar bug"),
                "min_query_length": 0,
            },
            {"type": "users_select", "action_id": "person", "placeholder": _plain("Person")},
            {"type": "conversations_select", "action_id": "conversation", "placeholder": _plain("Conversation")},
            {"type": "channels_select", "action_id": "channel", "placeholder": _plain("Channel")},
            {
                "type": "multi_static_select",
                "action_id": "labels",
                "placeholder": _plain("Labels"),
                "options": _options("EWR", "JFK", "LGA"),
            },
            {"type": "multi_users_select", "action_id": "reviewers", "placeholder": _plain("Reviewers")},
        ],
    },
    {
        "type": "actions",
        "elements": [
            {"type": "datepicker", "action_id": "date", "initial_date": "2013-02-08"},
            {"type": "timepicker", "action_id": "time", "initial_time": "09:30"},
            {"type": "datetimepicker", "action_id": "moment", "initial_date_time": 1_367_400_600},
            {
                "type": "radio_buttons",
                "action_id": "severity",
                "options": _options("High", "Low"),
                "initial_option": _options("High")[0],
            },
            {
                "type": "checkboxes",
                "action_id": "checks",
                "options": _options("Page", "Ticket"),
                "initial_options": _options("Ticket"),
            },
        ],
    },
]


def form(callback_id: str = "gallery") -> Json:
    """A modal with every input."""
    elements: dict[str, Json] = {
        "Title": {
            "type": "plain_text_input",
            "placeholder": _plain("What is wrong?"),
            "min_length": 3,
            "max_length": 80,
        },
        "Details": {"type": "plain_text_input", "multiline": True, "initial_value": "It started at 09:30."},
        "Email": {"type": "email_text_input"},
        "Link": {"type": "url_text_input"},
        "Number": {"type": "number_input", "is_decimal_allowed": True, "min_value": "0", "max_value": "1"},
        "Severity": {
            "type": "static_select",
            "options": _options("High", "Medium", "Low"),
            "initial_option": _options("High")[0],
        },
        "Labels": {"type": "multi_static_select", "options": _options("EWR", "JFK", "LGA")},
        "Similar": {"type": "external_select", "min_query_length": 1},
        "Assignee": {"type": "users_select", "initial_user": "U0ADA"},
        "Reviewers": {"type": "multi_users_select"},
        "Channel": {"type": "channels_select"},
        "Conversation": {"type": "conversations_select"},
        "Day": {"type": "datepicker", "initial_date": "2013-02-08"},
        "Time": {"type": "timepicker"},
        "Moment": {"type": "datetimepicker"},
        "Kind": {"type": "radio_buttons", "options": _options("Hard", "Soft", "Drift")},
        "Checks": {"type": "checkboxes", "options": _options("Seen before", "Customer affected")},
    }
    blocks: list[Json] = [
        {
            "type": "input",
            "block_id": name.lower(),
            "label": _plain(name),
            "element": {**element, "action_id": "value"},
            "optional": name not in ("Title", "Severity"),
            **({"hint": _plain("One line that your successor will understand.")} if name == "Title" else {}),
        }
        for name, element in elements.items()
    ]
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": _plain("Every input"),
        "submit": _plain("Submit"),
        "close": _plain("Cancel"),
        "blocks": [{"type": "section", "text": _mrkdwn("All of them *once*.")}, *blocks],
    }


def _upload_chart(workspace: Workspace) -> str:
    """A small picture of bars, ready to be shown; returns its file id."""
    ctx = workspace.ctx
    content = bars(320, 120)
    file = ctx.files.reserve("chart.png", len(content), "A chart", int(ctx.clock.now().timestamp()))
    ctx.files.receive(file, content)
    ctx.files.complete(file, "Chart", at_once=True)
    ctx.state.announce("file", file)
    return file.id


def show_gallery(workspace: Workspace) -> None:
    """Fill the first channel with one of everything; open a modal and publish a home tab for the first person."""
    ctx = workspace.ctx
    channel = ctx.config.channels[0].id
    me = ctx.config.people[0].id

    def post(**fields: object) -> str:
        ctx.rates.forget()
        return str(chat.post_message(ctx, Arguments({"channel": channel, **fields}))["ts"])

    picture = _upload_chart(workspace)
    shown: Json = {"type": "image", "alt_text": "A chart", "title": _plain("Chart"), "slack_file": {"id": picture}}
    parent = post(text="Every text", blocks=[*TEXTS, shown])
    post(text="A reply", thread_ts=parent)
    post(text="Every element", blocks=ELEMENTS)
    for color, text in ((_RED, "*firing* SLO breached"), (_GREEN, "*resolved* back to normal")):
        blocks: list[Json] = [
            {"type": "section", "text": _mrkdwn(text)},
            {"type": "actions", "elements": [_button("Acknowledge", "ack")]},
        ]
        post(text=text, attachments=[{"color": color, "fallback": text, "blocks": blocks}])
    post(text=f"<@{me}> a mention; plain text with <https://example.com|a link> and `code`")
    private: Json = {"channel": channel, "user": me, "text": "Only you see this", "blocks": ELEMENTS[:1]}
    chat.post_ephemeral(ctx, Arguments(private))
    ctx.views.open(me, checked(ctx, form(), "modal"))
    home: Json = {"type": "home", "blocks": [*TEXTS[:4], *ELEMENTS[:1]]}
    ctx.views.publish(me, checked(ctx, home, "home"), None)
