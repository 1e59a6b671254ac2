"""Which mirror there is: the compiled `core.alerts._mirror`, where there was a C compiler when the package was
installed, or the plain one."""

import logging
from collections.abc import Callable
from functools import cache
from secrets import token_bytes

from core.alerts.mirror import SECRET_SIZE, Mirror
from core.alerts.plain_mirror import PlainMirror

_log = logging.getLogger(__name__)

SHAPE = 2
"""Which `Mirror` this is: a compiled one that was built before the methods changed is not used."""


def new_mirror() -> Mirror:
    """The quicker of the two that there is."""
    compiled = _compiled()
    if compiled is None:
        return PlainMirror()
    return compiled(token_bytes(SECRET_SIZE))


@cache
def _compiled() -> Callable[[bytes], Mirror] | None:
    try:
        from core.alerts import _mirror
    except ImportError:
        return None
    if getattr(_mirror, "SHAPE", None) == SHAPE:
        return _mirror.Mirror
    _log.warning(
        "core.alerts._mirror was compiled for another version, and is not used; install the package again"
    )
    return None
