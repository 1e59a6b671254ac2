"""What a decoder of msgspec would have taken in the place that it refused."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec.inspect as shapes

_ENUM = re.compile(r"Invalid enum value .* - at `\$.*?\.(?P<field>\w+)`$")
_FIELD = re.compile(r"Object contains unknown field `")


def with_allowed(message: str, shape: Any) -> str:
    """A refusal of msgspec's with the values, or the fields, that the type `shape` allows there; as it is where it is
    about something else."""
    if found := _ENUM.match(message):
        values = [each for struct in _structs(shape) for each in _values(struct, found["field"])]
        return f"{message}; it can be {_listed(values)}" if values else message
    if _FIELD.match(message):
        structs = list(_structs(shape))
        if len({each.cls for each in structs}) == 1:
            return f"{message}; there are {_listed(field.encode_name for field in structs[0].fields)}"
    return message


def _listed(names: Any) -> str:
    return ", ".join(dict.fromkeys(map(str, names)))


def _structs(shape: Any) -> Iterator[shapes.StructType]:
    """The structs of a type, at its top or in its lists."""
    yield from _inside(shapes.type_info(shape))


def _inside(found: shapes.Type) -> Iterator[shapes.StructType]:
    match _bare(found):
        case shapes.StructType() as struct:
            yield struct
        case shapes.ListType(item_type=item):
            yield from _inside(item)
        case shapes.UnionType(types=types):
            for each in types:
                yield from _inside(each)


def _values(struct: shapes.StructType, name: str) -> Iterator[Any]:
    for field in struct.fields:
        kind = _bare(field.type)
        if field.encode_name == name and isinstance(kind, shapes.LiteralType):
            yield from kind.values


def _bare(found: shapes.Type) -> shapes.Type:
    return found.type if isinstance(found, shapes.Metadata) else found
