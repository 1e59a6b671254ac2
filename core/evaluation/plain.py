"""Values as JSON can hold them: what is stored in rows and handed from step to step."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from math import isfinite, isnan
from typing import Any


def plain(value: Any) -> Any:
    """The same value in JSON's types: missing numbers become None, infinite ones and odd types their text."""
    if isinstance(value, float):
        return value if isfinite(value) else (None if isnan(value) else str(value))
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return None if value.is_nan() else plain(float(value))
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
