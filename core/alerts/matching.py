"""Silences: which alerts a matcher means, as in Alertmanager. Pure rules."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.alerts.labels import Labels, RefusedError, shown
from core.alerts.tables import Silence

MAX_MATCHERS = 32
MAX_PATTERN = 1_024


def matches(matcher: Mapping[str, Any], labels: Labels) -> bool:
    """Whether one matcher holds; a label that is absent counts as empty."""
    value = labels.get(matcher["name"], "")
    found = _full_match(matcher["value"], value) if matcher["isRegex"] else matcher["value"] == value
    return found == bool(matcher.get("isEqual", True))


def silenced_by(labels: Labels, silences: Iterable[Silence]) -> Silence | None:
    """The silence that keeps these labels quiet for the longest, if any does."""
    hits = [s for s in silences if all(matches(matcher, labels) for matcher in s.matchers)]
    return max(hits, key=lambda silence: silence.ends_at, default=None)


def check_matchers(matchers: Sequence[Mapping[str, Any]]) -> None:
    """Raises RefusedError for what Alertmanager refuses too: no matchers, bad patterns, or matching everything."""
    if not 1 <= len(matchers) <= MAX_MATCHERS:
        raise RefusedError(f"a silence needs between 1 and {MAX_MATCHERS} matchers, this one has {len(matchers)}")
    for matcher in matchers:
        if not matcher["name"]:
            raise RefusedError("a matcher needs the name of a label")
        if (
            max(map(len, (matcher["name"], matcher["value"]))) > MAX_PATTERN
            or "\x00" in matcher["name"] + matcher["value"]
        ):
            raise RefusedError(
                f"the matcher of {shown(matcher['name'])} is longer than {MAX_PATTERN} characters or holds NUL"
            )
    if all(matches(matcher, {}) for matcher in matchers):
        raise RefusedError("at least one matcher must not match the empty string")


_HEAD = re.compile(r"""([^\s=!~"]+)\s*(=~|!~|!=|=)""")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def parse_matcher(text: str) -> dict[str, Any]:
    """A matcher as people write it: `name="value"`, also with `!=`, `=~`, `!~`; raises RefusedError.

    Takes time in proportion to the text, whatever it holds: no two parts of a pattern can share a character.
    """
    stripped = text.strip().removeprefix("{").removesuffix("}").strip()
    head = _HEAD.match(stripped)
    bare = stripped[head.end() :].strip() if head else ""
    quoted = _QUOTED.fullmatch(bare)
    if head is None or (quoted is None and '"' in bare):
        raise RefusedError(f'bad matcher {shown(text)}; write for example alertname="HighLatency"')
    name, operator = head.groups()
    value = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else bare
    return {"name": name, "value": value, "isRegex": "~" in operator, "isEqual": not operator.startswith("!")}


def _full_match(pattern: str, value: str) -> bool:
    """Anchored on both sides, in RE2: the syntax that Alertmanager's users write, and linear in time for any
    pattern (one silence could keep Python's own engine busy for hours). Raises RefusedError for an invalid one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        found = pc.match_substring_regex(pa.array([value]), pattern=f"^(?:{pattern})$")
    except pa.ArrowInvalid as error:
        raise RefusedError(f"invalid regular expression {shown(pattern)}: {error}") from None
    return bool(found[0].as_py())
