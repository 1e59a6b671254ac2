"""What was wrong in a replayed week, a sentence each: every call, handoff and digest against the script."""

from collections.abc import Iterator

from core.oncall.tables import ShiftHandoff
from tests.busy_week import DAY, MONDAY, WEEK, Ledger, expected_calls, expected_digests, expected_people

COUNTS = ("opened", "resolved", "open", "quiet")


def wrong_calls(week: Ledger) -> Iterator[str]:
    """Calls that were not made at their instant, or were made and should not have been."""
    for incident in week.incidents:
        made = [(call.at, call.step) for call in week.calls.get(incident.number, ())]
        if made != expected_calls(incident):
            yield f"{incident} was called for at {made}"


def wrong_people(week: Ledger) -> Iterator[str]:
    """Calls that reached somebody else than who was on call then."""
    for incident in week.incidents:
        for call in week.calls.get(incident.number, ()):
            if sorted(call.people) != expected_people(incident, call.at, call.step):
                yield f"step {call.step} of {incident} called {call.people}"


def wrong_handoffs(week: Ledger) -> Iterator[str]:
    """Shifts that were not handed over exactly once, to who came next, and accepted."""
    flights = [(MONDAY, "amina", "maya"), (MONDAY + WEEK, "maya", "jonas")]
    days = [(MONDAY + n * DAY, *(("leo", "maya") if n % 2 else ("maya", "leo"))) for n in range(1, 8)]
    for rotation, since, expected in (("flights", MONDAY, flights), ("data", MONDAY + DAY, days)):
        made = [
            (row.shift_end, row.outgoing, row.incoming)
            for row in week.handoffs
            if row.rotation == rotation and row.shift_end >= since
        ]
        if made != expected:
            yield f"{rotation} handed over {made}"
    yield from (f"handoff {row.id} was not accepted" for row in week.handoffs if row.accepted_at is None)
    yield from _wrong_counts(week, next(row for row in week.handoffs if row.shift_end == MONDAY + WEEK))


def _wrong_counts(week: Ledger, last: ShiftHandoff) -> Iterator[str]:
    # The route of quiet alerts comes first in the file, and names no rotation: they are the catch-all's.
    mine = [each for each in week.incidents if each.team == "flights" or each.severity == "info"]
    expected = (len(mine), sum(len(expected_calls(each)) for each in mine))
    told = (last.report["counts"]["alerts"], last.report["counts"]["calls"])
    if told != expected:
        yield f"the last handoff counts {told} alerts and calls instead of {expected}"


def wrong_digests(week: Ledger) -> Iterator[str]:
    """Mornings without their digest, or with other counts than the day had."""
    expected = expected_digests(week.incidents)
    if [digest.ends_at for digest in week.digests] != list(expected):
        yield f"digests came at {[digest.ends_at for digest in week.digests]}"
        return
    for digest in week.digests:
        want, told = expected[digest.ends_at], digest.content
        kinds = {line["title"]: line["count"] for line in told["lines"]}
        if any(told[name] != want[name] for name in COUNTS) or kinds != want["kinds"]:
            yield f"the digest of {digest.ends_at} tells {told} instead of {want}"


CHECKS = {"calls": wrong_calls, "people": wrong_people, "handoffs": wrong_handoffs, "digests": wrong_digests}
