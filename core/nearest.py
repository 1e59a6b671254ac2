"""What somebody meant who mistyped a word. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches

LIKE = 0.65
"""How alike two words must be (difflib's ratio, from 0 to 1): one slip in a word of three or more letters passes, a
word that shares only some letters does not."""

STEM = 3
"""From how many letters on the beginning of a word stands for it."""

SLIP = 0.85
"""How alike a word must be to one that it is taken for without a question, and of five letters or more."""
LONG = 5

MOST = 3


def nearest(word: str, known: Iterable[str], most: int = MOST) -> list[str]:
    """Those of `known` that `word` is probably meant to be, the likeliest first, at most `most` (from 1).

    Case does not count. A beginning is likelier than a likeness, in both directions: `res` is meant to be `resolve`,
    and `acknowledge` to be `ack`. Nothing is near an empty word.
    """
    folded = {each.casefold(): each for each in known}
    typed = word.strip().casefold()
    if not typed:
        return []
    begun = [each for each in folded if _begins(typed, each) or _begins(each, typed)]
    begun.sort(key=lambda each: abs(len(each) - len(typed)))
    alike = get_close_matches(typed, folded, most, LIKE)
    return [folded[each] for each in dict.fromkeys([*begun, *alike])][:most]


def slip(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `word` is but for a slip of the finger: `wensday`. Short words are never taken for
    others."""
    long = len(word) >= LONG and word.isalpha()
    found = get_close_matches(word, list(known), 1, SLIP) if long else []
    return found[0] if found else None


def _begins(stem: str, word: str) -> bool:
    return len(stem) >= STEM and word.startswith(stem)
