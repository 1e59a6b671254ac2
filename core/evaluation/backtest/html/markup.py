"""HTML and SVG as text: everything from outside is escaped here, and nowhere else."""

from collections.abc import Iterable
from html import escape


def tag(name: str, *inside: str, **attributes: object) -> str:
    """An element around markup that is already safe; `class_` is `class`, other underscores are hyphens.

    None and False leave an attribute out, True gives it no value.
    """
    return f"<{name}{_written(attributes)}>{''.join(inside)}</{name}>"


def void(name: str, **attributes: object) -> str:
    """An element that holds nothing."""
    return f"<{name}{_written(attributes)}/>"


def text(value: object) -> str:
    """Text from anywhere, made safe; control characters, which no page may hold, become a mark."""
    clean = "".join(c if c in "\t\n" or (ord(c) >= 32 and not 0x7F <= ord(c) < 0xA0) else "�" for c in str(value))
    return escape(clean)


def _written(attributes: dict[str, object]) -> str:
    parts = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        bare = name.rstrip("_").replace("_", "-")
        bare = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}.get(bare, bare)
        parts.append(f" {bare}" if value is True else f' {bare}="{text(value)}"')
    return "".join(parts)


def number(value: float) -> str:
    """A coordinate: two digits after the point are a hundredth of a pixel."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def path(points: Iterable[tuple[float, float]]) -> str:
    """Straight lines through these points, as the `d` of a path."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
