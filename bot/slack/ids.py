"""Every id that Slack hands back to us, in one place."""

from enum import StrEnum

SEPARATOR = ":"


class Action(StrEnum):
    """`action_id` of buttons and menus. MENU and LINK are followed by `:` and a suffix."""

    ACKNOWLEDGE = "alert_acknowledge"
    RESOLVE = "alert_resolve"
    SILENCE = "alert_silence"
    DETAILS_PAGE = "alert_details_page"
    ALERT_MORE = "alert_more"
    UNMARK_NOISE = "alert_unmark_noise"
    SILENCE_PREVIEW = "silence_preview"
    SILENCE_EXTEND = "silence_extend"
    SILENCE_END = "silence_end"
    FILE_BUG = "alert_file_bug"
    ROLL_BACK = "alert_roll_back"
    ALERT_DETAILS = "alert_details"
    ESCALATE_PAGE = "page_escalate"
    HAND_PAGE_ON = "page_hand_on"
    SHADOW_ANSWER = "page_shadow_answer"
    APPROVE = "approval_approve"
    REJECT = "approval_reject"
    START_TICKET = "ticket_start"
    CLOSE_TICKET = "ticket_close"
    REOPEN_TICKET = "ticket_reopen"
    ACCEPT_HANDOFF = "handoff_accept"
    EDIT_HANDOFF = "handoff_edit"
    EXPORT_HANDOFF = "handoff_export"
    WRITE_REPORT = "ticket_report"
    EXPORT_REPORT = "ticket_report_export"
    ACCEPT_SWAP = "swap_accept"
    DECLINE_SWAP = "swap_decline"
    TAKE_BACK = "rota_take_back"
    APPROVE_STAGE = "shadow_approve"
    NOT_YET = "shadow_not_yet"
    REVOKE_CALENDAR = "calendar_revoke"
    CONFIRM_CARD = "review_confirm"
    DISMISS_CARD = "review_dismiss"
    MENU = "menu"
    LINK = "link"
    INPUT = "input"


class Callback(StrEnum):
    """`callback_id` of modals."""

    FILE_BUG = "file_bug"
    ROLL_BACK = "roll_back"
    CONFIRM_CARD = "confirm_card"
    CLOSE_TICKET = "close_ticket"
    EDIT_HANDOFF = "edit_handoff"
    INCIDENT_REPORT = "incident_report"
    OVERRIDE = "rota_override"
    TAKE = "rota_take"
    SHADOW = "rota_shadow"
    AWAY = "rota_away"
    SWAP = "rota_swap"
    SHADOW_ANSWER = "shadow_answer"
    PICK_ALERT = "pick_alert"
    NOISE = "alert_noise"
    CALL = "alert_call"
    SILENCE = "silence"
    DETAILS = "details"
    MESSAGE_FILE_BUG = "message_file_bug"


class Field(StrEnum):
    """`block_id` of inputs in modals, so that errors can be shown next to them."""

    TITLE = "title"
    DESCRIPTION = "description"
    SEVERITY = "severity"
    SYMPTOM = "symptom"
    PIPELINE = "pipeline"
    FAILURE_MODE = "failure_mode"
    SLICE_NAME = "slice_name"
    SLICE_WHERE = "slice_where"
    RESOLUTION = "resolution"
    SUMMARY = "summary"
    WATCH = "watch"
    HAPPENED = "happened"
    IMPACT = "impact"
    CAUSE = "cause"
    FIX = "fix"
    FOLLOW_UP = "follow_up"
    WHY = "why"
    WHAT = "what"
    WHERE = "where"
    ROTATION = "rotation"
    PERSON = "person"
    FROM = "from"
    TO = "to"
    SHIFT = "shift"
    ALERT = "alert"
    CLOSE = "close"
    MATCHERS = "matchers"
    LENGTH = "length"
    UNTIL = "until"
    RETURN = "return"


def numbered(action: Action, suffix: object) -> str:
    """An action id that is unique within its block."""
    return f"{action}{SEPARATOR}{suffix}"


def base(action_id: str) -> str:
    """The action id without what `numbered` added."""
    return action_id.partition(SEPARATOR)[0]
