"""What a view hands to the sender."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Rendered:
    """One message: `text` for notifications and screen readers, `blocks` for people.

    With a `color` all blocks but the first go into an attachment, the only place where Slack knows colour. The first
    one stays outside: mentions in attachments call nobody, long attachments are folded, and where a message has blocks
    of its own Slack does not show `text` above the attachment a second time.
    """

    text: str
    blocks: list[Json] = field(default_factory=list)
    color: str | None = None

    def content(self) -> Json:
        """`text`, `blocks` and `attachments`, all of them: an update keeps what it is not told to replace."""
        if self.color is None:
            return {"text": self.text, "blocks": self.blocks, "attachments": []}
        first, rest = self.blocks[:1], self.blocks[1:]
        attachment = {"color": self.color, "fallback": self.text, "blocks": rest}
        return {"text": self.text, "blocks": first, "attachments": [attachment]}

    def pictures(self) -> Iterator[Json]:
        """Its image blocks that show a file."""
        return (block for block in self.blocks if block["type"] == "image" and "slack_file" in block)
