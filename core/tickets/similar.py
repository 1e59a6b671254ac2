"""Tickets that read like this one, so that nobody files a bug twice or solves it from nothing again. Pure.

TF-IDF over words and pairs of words, without the commonest English words. The title counts four times: people put
the symptom there, and fill descriptions with boilerplate that any two reports share. The score is the cosine of
the angle between two texts, in [0, 1]; 1 means the same words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LEAST_SCORE = 0.1
"""Below this, two tickets share only words that many tickets share, and showing them would be noise."""

TITLE_WEIGHT = 4
"""How often the title is counted: on recorded bug reports, four found more known duplicates than two and one."""


@dataclass(frozen=True)
class PastTicket:
    """A ticket to compare with."""

    ticket_id: int
    title: str
    description: str


@dataclass(frozen=True)
class Similar:
    """A past ticket and how much it reads like the new one: the cosine of their TF-IDF, in [0, 1]."""

    ticket_id: int
    score: float


def similar(title: str, description: str, past: Sequence[PastTicket], top: int = 3) -> list[Similar]:
    """The `top` most similar past tickets that score at least LEAST_SCORE: best first, then newest first.

    Small samples: with no past tickets, or a text without words, the answer is empty. With one or two the weights
    of words are nearly equal (IDF is smoothed), so a score means the share of common words.
    """
    texts = [_text(title, description), *(_text(ticket.title, ticket.description) for ticket in past)]
    if not past or not texts[0].strip():
        return []
    found = [Similar(ticket.ticket_id, score) for ticket, score in zip(past, _cosines(texts), strict=True)]
    found = [one for one in found if one.score >= LEAST_SCORE]
    return sorted(found, key=lambda one: (-one.score, -one.ticket_id))[:top]


def _text(title: str, description: str) -> str:
    return "\n".join([title] * TITLE_WEIGHT + [description])


def _cosines(texts: list[str]) -> list[float]:
    """The similarity of the first text to each of the others; zeros when there is no word to compare by."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), stop_words="english")
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:  # an empty vocabulary: no text has a word that counts
        return [0.0] * (len(texts) - 1)
    return [round(float(score), 4) for score in (matrix[1:] @ matrix[0].T).toarray().ravel()]
