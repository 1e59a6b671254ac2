"""A channel's digest: a day of alerts in one calm message."""

from bot.slack.escape import inline
from bot.slack.rendered import Rendered
from bot.slack.views.parts import context, plural, section, when
from bot.slack.views.people import People
from core.alerts.tables import Digest


def message(digest: Digest, _people: People) -> Rendered:
    """What opened, what ended, what goes on; the commonest kinds first."""
    found = digest.content
    head = (
        f"{plural(found['opened'], 'alert')} opened, {found['resolved']:,} resolved, {found['open']:,} still open"
    )
    facts = [f"From {when(digest.starts_at)} to {when(digest.ends_at)}"]
    facts += [f"{found['noise']:,} called noise"] if found["noise"] else []
    facts += [f"{found['quiet']:,} told only here"] if found["quiet"] else []
    lines = "\n".join(_line(each) for each in found["lines"])
    blocks = [section(f"*Alerts in short*\n{head}."), context(*facts)]
    blocks += [section(lines)] if lines else []
    if found["left_out"]:
        blocks.append(
            context(f"… and {plural(found['left_out'], 'more kind')}; `/alerts list` shows what is open.")
        )
    return Rendered(f"Alerts in short: {head}", blocks)


def _line(kind: "dict[str, object]") -> str:
    ids = kind["ids"]
    numbers = ", ".join(f"#{each}" for each in ids) if isinstance(ids, list) else ""
    times = "" if kind["count"] == 1 else f" {kind['count']:,} times"
    goes_on = f", {kind['open']} still open" if kind["open"] else ""
    return f"• {inline(str(kind['title']), 150)} ({kind['severity']}){times}{goes_on} · {numbers}"
