"""What must hold after every round, whatever was killed and however Slack behaved. Pure: facts in, breaches out."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

from core.alerts.tables import GroupStatus
from core.oncall.tables import PageStatus
from core.outbox.store import Lane
from core.outbox.tables import OutboxStatus
from tests.chaos import team
from tests.chaos.facts import Facts, Shown
from tests.chaos.load import Promises

Law = Callable[[Facts, Promises], Iterator[str]]


def breaches(facts: Facts, promises: Promises, crashes: int) -> list[str]:
    """Every breach, in words; `crashes` is how many kills there were so far."""
    found = [f"{law.__name__}: {breach}" for law in LAWS for breach in law(facts, promises)]
    repeated = duplicates(facts)
    if repeated > crashes:
        found.append(f"posts_once: {repeated} messages were posted again, in {crashes} crashes")
    return found


def duplicates(facts: Facts) -> int:
    """How many posts too many there are in Slack."""
    return sum(count - 1 for count in Counter(_keys(facts).values()).values())


def _keys(facts: Facts) -> dict[Shown, str]:
    """Which message each post is."""
    keys = {**facts.keys, **{row.uid: row.key for row in facts.rows}}
    return {post: keys[post.uid] for post in facts.shown if post.uid in keys}


def alerts_are_kept(facts: Facts, promises: Promises) -> Iterator[str]:
    lost = promises.stored - facts.stored
    if lost:
        yield f"{len(lost)} acknowledged alerts are lost, such as {min(lost)}"
    undone = promises.ended & facts.firing
    if undone:
        yield f"{len(undone)} alerts fire though their end was acknowledged, such as {min(undone)}"


def pages_are_answered_or_escalate(facts: Facts, _promises: Promises) -> Iterator[str]:
    """Each step once, in order, after its wait; given up after the last, and only then. One that was given up begins
    again when the alert becomes more severe."""
    wait = timedelta(seconds=team.WAIT_S)
    for page in facts.pages:
        most, rounds = team.STEPS * (1 + page.rises), 1 + page.rises
        if page.steps != tuple(range(len(page.steps))) or not 1 <= len(page.steps) <= most:
            yield f"page {page.id} took the steps {page.steps}"
        if any(later - earlier < wait for earlier, later in pairwise(page.times)):
            yield f"page {page.id} escalated too early: {page.times}"
        if page.exhausts > rounds or len(page.steps) < team.STEPS * page.exhausts:
            yield f"page {page.id} was given up {page.exhausts} times after {len(page.steps)} steps"
        if page.status == PageStatus.EXHAUSTED and not page.exhausts:
            yield f"page {page.id} ran out of steps, and nobody was told"
        if page.status == PageStatus.OPEN:
            yield f"page {page.id} stands still"


def clicks_act_once(facts: Facts, promises: Promises) -> Iterator[str]:
    for group, count in promises.clicks.items():
        if facts.recorded[group] < count:
            yield f"group {group}: {count} clicks were acknowledged, and {facts.recorded[group]} are on disk"
    for group in facts.recorded | facts.acted:
        if facts.recorded[group] != facts.acted[group]:
            yield f"group {group}: {facts.recorded[group]} clicks came in, {facts.acted[group]} were acted on"
        if facts.taken[group] > 1:
            yield f"group {group} was acknowledged {facts.taken[group]} times"


def messages_arrive(facts: Facts, _promises: Promises) -> Iterator[str]:
    for row in facts.rows:
        if row.status != OutboxStatus.SENT:
            yield f"message {row.key} is {row.status}"
    there = set(_keys(facts).values())
    wanted = {f"alert-group:{group}" for group in facts.groups}
    wanted |= {f"page:{each}" for page in facts.pages for each in page.notifications}
    for key in sorted(wanted - there - facts.under_way):
        yield f"message {key} is not in Slack"


def messages_show_how_it_is(facts: Facts, _promises: Promises) -> Iterator[str]:
    """The last update arrived: Acknowledge is offered exactly while it fires."""
    for post, key in _keys(facts).items():
        kind, _, number = key.partition(":")
        if kind == "alert-group" and int(number) in facts.groups and key not in facts.under_way:
            status = facts.groups[int(number)]
            if (post.group is not None) != (status == GroupStatus.FIRING):
                yield f"{key} is {status}, and its message says something else"


def threads_are_in_order(facts: Facts, _promises: Promises) -> Iterator[str]:
    """Each reply is in its parent's thread and after it. Replies are in the order in which they were written, and so
    are pages, which may overtake replies."""
    first = _first_posts(facts)
    last: dict[tuple[str, bool], str] = {}
    seen: set[str] = set()
    for row in facts.rows:
        if row.parent is None or row.key in seen or row.key not in first:
            continue
        seen.add(row.key)
        post, above = first[row.key], first.get(row.parent)
        if above is None or above.channel != post.channel:  # a call in a direct conversation has no thread
            continue
        if post.thread != above.ts or post.ts <= above.ts:
            yield f"{row.key} is not in the thread of {row.parent}"
        kind = (row.parent, row.lane == Lane.PAGE)
        if post.ts <= last.get(kind, ""):
            yield f"{row.key} is out of order in the thread of {row.parent}"
        last[kind] = post.ts


def _first_posts(facts: Facts) -> dict[str, Shown]:
    first: dict[str, Shown] = {}
    for post, key in sorted(_keys(facts).items(), key=lambda found: found[0].ts):
        first.setdefault(key, post)
    return first


def only_what_is_over_goes(facts: Facts, _promises: Promises) -> Iterator[str]:
    """Deletion takes what is old and over, all of it, and nothing that is open or that anything kept leads to."""
    if facts.missing:
        yield f"{len(facts.missing)} rows that must stay are deleted, such as {facts.missing[0]}"
    if facts.vanished:
        yield f"{len(facts.vanished)} alerts are gone though they were not over, such as {min(facts.vanished)}"
    if facts.left:
        yield f"{len(facts.left)} old alerts are still there, such as {min(facts.left)}"
    if facts.leftovers:
        yield f"{len(facts.leftovers)} messages of deleted alerts are left, such as {facts.leftovers[0]}"


LAWS: tuple[Law, ...] = (
    alerts_are_kept,
    pages_are_answered_or_escalate,
    clicks_act_once,
    messages_arrive,
    messages_show_how_it_is,
    threads_are_in_order,
    only_what_is_over_goes,
)
