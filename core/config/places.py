"""Mistakes that a declaration has in itself, several at once, each with its place in the file."""

from collections.abc import Collection, Iterable, Iterator

from pydantic_core import PydanticCustomError

from core.nearest import nearest

Location = tuple[int | str, ...]
Found = Iterator[tuple[Location, str]]

KIND = "places"
"""The type of the errors that `refuse` raises; their context holds the `places`."""

MOST_NAMED = 20


def refuse(found: Iterable[tuple[Location, str]]) -> None:
    """Refuse what a validator looks at, if anything was found; each place counts from there."""
    places = list(found)
    if places:
        said = "; ".join(message for _, message in places)
        raise PydanticCustomError(KIND, "{said}", {"said": said, "places": places})


def unknown(name: str, known: Collection[str], what: str) -> str:
    """That something is not there, what was probably meant, and what there is."""
    ids = sorted(known)
    meant = "".join(f"; did you mean “{each}”? Known: " for each in nearest(name, ids, 1)) or "; known: "
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    named = f"{', '.join(ids[:MOST_NAMED])}{more}" if ids else "none"
    return f"“{name}” is not among the {what}{meant}{named}"


def repeated(names: Iterable[str], what: str, at: Location, field: str) -> Found:
    """Each name that was given before, at its place in a list."""
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield (*at, number, field), f"two of the {what} have the {field} “{name}”; each needs its own"
        seen.add(name)
