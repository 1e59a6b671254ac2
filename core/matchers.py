"""Matchers of labels, as Alertmanager's users write them: `name="value"`, also with `!=`, `=~`, `!~`. Pure rules."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

MAX_PATTERN = 1_024
"""Characters of a name or a value; nobody reads longer ones."""

_REMEMBERED = 4_096
"""Answers of patterns that are kept: the same few patterns meet the same values all the time."""

_FEW = 3
"""So few values are asked one by one: the answers may be remembered."""

_PATTERNS = 20_000
"""Patterns of which it is kept how they begin."""
_PLAIN = re.compile(r"[A-Za-z0-9_/:,@= -]*")
"""What stands for itself wherever a pattern begins."""


class MatcherError(ValueError):
    """A matcher that nobody can read; the message says what is wrong with it."""


class Matcher(NamedTuple):
    """Holds for labels whose `name` has the `value`, or a value that it matches as a pattern; or has not."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether it holds; a label that is absent counts as empty. Raises MatcherError for an invalid pattern."""
        found = labels.get(self.name, "")
        hit = full_match(self.value, found) if self.is_regex else self.value == found
        return hit == self.is_equal

    def __str__(self) -> str:
        operator = ("=~" if self.is_equal else "!~") if self.is_regex else ("=" if self.is_equal else "!=")
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{operator}"{value}"'

    def stored(self) -> dict[str, Any]:
        """As the Alertmanager API writes it, and as silences keep it."""
        names = ("name", "value", "isRegex", "isEqual")
        return dict(zip(names, self, strict=True))


def written(matchers: Iterable[Mapping[str, Any]]) -> str:
    """Stored matchers on one line, as people would write them."""
    return ", ".join(
        str(Matcher(m["name"], m["value"], bool(m.get("isRegex", False)), bool(m.get("isEqual", True))))
        for m in matchers
    )


ROUND = str.maketrans("“”„", '"""')
"""Phones and Slack's own composer make quotes round."""

_HEAD = re.compile(r"""([^\s=!~"{}]+)\s*(=~|!~|!=|=)""")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BETWEEN_COMMAS = re.compile(r'(?:"(?:[^"\\]|\\.)*"?|[^,\n"])+', re.DOTALL)
_BETWEEN_BLANKS = re.compile(r'(?:"(?:[^"\\]|\\.)*"?|[^\s"])+', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\n])')
_OPEN_QUOTE = re.compile(r'(?<!\\)"')
_NAME = re.compile(r"""[^\s=!~"{}]+""")
_OPERATOR = re.compile(r"=|!=|!~")


def without_braces(text: str) -> str:
    """What stands in `{…}`, as Alertmanager writes matchers; braces of a pattern, as in `code=~5[0-9]{2}`, stay."""
    stripped = text.strip()
    return stripped[1:-1].strip() if stripped.startswith("{") and stripped.endswith("}") else stripped


def split(text: str) -> list[str]:
    """Matchers written one after the other, apart: between commas, ends of lines, and blanks that are not around an
    operator. Whether each can be read, `parse` says."""
    parts: list[str] = []
    for piece in _BETWEEN_COMMAS.findall(without_braces(text)):
        parts += _joined(_BETWEEN_BLANKS.findall(piece))
    return parts


def _joined(words: Iterable[str]) -> list[str]:
    """Put `a`, `=` and `"x"` together again; what is a matcher by itself is nobody's value."""
    parts: list[str] = []
    for word in words:
        named = parts and _NAME.fullmatch(parts[-1]) and _OPERATOR.match(word)
        without_value = parts and _HEAD.fullmatch(parts[-1]) and not _HEAD.match(word)
        if named or without_value:
            parts[-1] += word
        else:
            parts.append(word)
    return parts


def parse(text: str) -> Matcher:
    """A matcher as people write it; raises MatcherError.

    Takes time in proportion to the text, whatever it holds: no two parts of a pattern can share a character.
    """
    stripped = without_braces(text)
    head = _HEAD.match(stripped)
    bare = stripped[head.end() :].strip() if head else ""
    quoted = _QUOTED.fullmatch(bare)
    if head is None or (quoted is None and _OPEN_QUOTE.search(bare)):
        raise MatcherError(f'bad matcher {_shown(text)}; write for example alertname="HighLatency"')
    name, operator = head.groups()
    value = _unescaped(quoted[1] if quoted else bare)
    return Matcher(name, value, "~" in operator, not operator.startswith("!"))


def _unescaped(value: str) -> str:
    """Alertmanager's escapes: of a quote, a backslash and the end of a line; `\\d` of a pattern stays what it is."""
    return _ESCAPED.sub(lambda each: "\n" if each[1] == "n" else each[1], value)


def full_match(pattern: str, value: str) -> bool:
    """Anchored on both sides, in RE2: the syntax that Alertmanager's users write, and linear in time for any
    pattern (one silence could keep Python's own engine busy for hours). Raises MatcherError for an invalid one.

    The engine takes some 20 microseconds, and is asked only about values that begin as the pattern does. Where many
    patterns meet many values, ask `Values`.
    """
    begins, whole = _begins(pattern)
    if whole or not value.startswith(begins):
        return value == begins and whole
    return _searched(pattern, value)


class Values:
    """Texts that many patterns are put to. Each costs one call of the engine for all texts that begin as it does, and
    some 100 nanoseconds for each of those."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = sorted(set(texts))
        self._array: Any = None

    def matched(self, pattern: str) -> Sequence[str]:
        """Those that `full_match` holds for; raises MatcherError for an invalid pattern."""
        begins, whole = _begins(pattern)
        first = bisect_left(self._texts, begins)
        if whole:
            return self._texts[first : first + 1] if begins in self._texts[first : first + 1] else ()
        last = bisect_right(self._texts, begins, lo=first, key=lambda text: text[: len(begins)])
        if last - first < _FEW:
            return [text for text in self._texts[first:last] if _searched(pattern, text)]
        return [self._texts[first + number] for number in self._hits(pattern, first, last)]

    def _hits(self, pattern: str, first: int, last: int) -> list[int]:
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._array is None:
            self._array = pa.array(self._texts)
        found = pc.match_substring_regex(self._array[first:last], pattern=_anchored(pattern))
        hits: list[int] = pc.indices_nonzero(found).to_pylist()
        return hits


@lru_cache(maxsize=_PATTERNS)
def _begins(pattern: str) -> tuple[str, bool]:
    """With which text all begins that the pattern matches, and whether it matches nothing but this text. Raises
    MatcherError for an invalid one."""
    _searched(pattern, "")
    plain = _PLAIN.match(pattern)
    begins = plain[0] if plain and "|" not in pattern else ""
    rest = pattern[len(begins) :]
    return (begins[:-1] if rest[:1] in ("*", "?", "{") else begins), not rest


@lru_cache(maxsize=_REMEMBERED)
def _searched(pattern: str, value: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        found = pc.match_substring_regex(pa.array([value]), pattern=_anchored(pattern))
    except pa.ArrowInvalid as error:
        raise MatcherError(f"invalid regular expression {_shown(pattern)}: {_wrong(error, pattern)}") from None
    return bool(found[0].as_py())


def _anchored(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _wrong(error: Exception, pattern: str) -> str:
    """What is wrong with the pattern, in RE2's words alone."""
    return str(error).removeprefix("Invalid regular expression: ").removesuffix(f": {_anchored(pattern)}")


def _shown(text: str, limit: int = 60) -> str:
    return repr(text if len(text) <= limit else f"{text[:limit]}…")
