"""Text that has to fit somewhere."""


def shorten(text: str, limit: int) -> str:
    """At most `limit` (from 1) characters; what was cut shows as an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
