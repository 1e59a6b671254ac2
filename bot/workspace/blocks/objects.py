"""The composition objects: texts, options, confirm dialogs, files."""

from typing import Any

from .. import limits
from .schema import Check, Report, array, boolean, one_of, record, string, tagged, url


def text(most: int, *kinds: str) -> Check:
    """A text object of at most `most` characters, of the given types (both when none is given)."""
    body = string(most)
    variants = {
        "plain_text": record({"type": one_of("plain_text"), "text": body}, {"emoji": boolean}),
        "mrkdwn": record({"type": one_of("mrkdwn"), "text": body}, {"verbatim": boolean}),
    }
    variant = tagged(variants, kinds or None)

    def check(value: Any, at: str, report: Report) -> None:
        before = len(report.problems)
        variant(value, at, report)
        if len(report.problems) > before:
            # Slack names the object before the detail; clients search these lines, so their order is kept.
            report.problems.insert(before, type(report.problems[0])("failed to match all allowed schemas", at))

    return check


def plain(most: int) -> Check:
    return text(most, "plain_text")


def option(*kinds: str, with_url: bool = False) -> Check:
    """One choice of a menu."""
    optional = {"description": text(limits.OPTION_DESCRIPTION, *kinds)}
    if with_url:
        optional["url"] = url(limits.URL)
    return record({"text": text(limits.OPTION_TEXT, *kinds), "value": string(limits.OPTION_VALUE)}, optional)


def options(most: int, *kinds: str, with_url: bool = False) -> Check:
    """A list of choices with distinct values."""
    items = array(option(*kinds, with_url=with_url), most)

    def check(value: Any, at: str, report: Report) -> None:
        items(value, at, report)
        if isinstance(value, list):
            values = [item.get("value") for item in value if isinstance(item, dict)]
            if len({str(item) for item in values}) < len(values):
                report.add("option values must be unique", at)

    return check


option_groups = array(
    record({"label": plain(limits.OPTION_GROUP_LABEL), "options": options(limits.OPTIONS, "plain_text")}),
    limits.OPTION_GROUPS,
)

confirm = record(
    {
        "title": plain(limits.CONFIRM_TITLE),
        "text": text(limits.CONFIRM_TEXT),
        "confirm": plain(limits.CONFIRM_BUTTON),
        "deny": plain(limits.CONFIRM_BUTTON),
    },
    {"style": one_of("primary", "danger")},
)

_slack_file_fields = record({}, {"id": string(limits.BLOCK_ID), "url": string(limits.URL)})


def slack_file(value: Any, at: str, report: Report) -> None:
    """A file of this workspace, by id or address; it must have been processed, and be a picture."""
    before = len(report.problems)
    _slack_file_fields(value, at, report)
    if len(report.problems) == before and (len(value) != 1 or not report.shows_file(value)):
        report.add("invalid slack file", at)
