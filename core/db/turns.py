"""One at a time, in the order in which they came."""

from collections import deque
from threading import Lock
from types import TracebackType


class Turns:
    """Threads take turns: a context manager that whoever leaves hands to whoever has waited longest.

    A plain lock goes to whichever thread asks first once it is free, which mostly is the one that has just left.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
