"""Text that has to fit somewhere."""


def shorten(text: str, limit: int) -> str:
    """At most `limit` (from 1) characters; what was cut shows as an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def as_paragraphs(text: str) -> str:
    """Several lines for a Markdown document; none of them can begin a heading or a block of code."""
    return "\n".join(
        f"\\{line}" if line.lstrip().startswith(("#", "```", "~~~")) else line for line in text.splitlines()
    )
