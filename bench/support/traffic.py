"""The alerts that a team's Prometheus servers would send: all fire on, some end, some are new, times always move."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

GROUPS = 100
ORDERS = 6
"""How many orders of its labels each alert is sent in, in turn: none is that of the five sends before."""

TURNOVER = 20
"""In each round every 20th alert ends, and those that ended in the round before are replaced by new ones."""

FIRES_FOR = timedelta(minutes=4)
_END, _PAST = b"@@@@@@@@@@@@@@@@@@@@@end", b"@@@@@@@@@@@@@@@@@@@@past"
_HEAD = (
    b"POST /api/v2/alerts HTTP/1.1\r\nHost: bench\r\nUser-Agent: Prometheus/2.42.0\r\n"
    b"Authorization: Bearer demo-alertmanager\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)


def instant(at: datetime) -> str:
    """As Prometheus writes it: UTC, three decimals."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def labels(number: int, groups: int = GROUPS) -> dict[str, str]:
    return {
        "alertname": f"HighLatency{number % groups}",
        "severity": "warning",
        "cluster": "eu-1",
        "namespace": f"team-{number % 40}",
        "job": "serving",
        "instance": f"10.{number // 62500}.{number // 250 % 250}.{number % 250}:9100",
        "pod": f"serving-{number:08x}-xk2p9",
        "prometheus": "monitoring/k8s",
    }


def _shuffled(dice: random.Random) -> list[tuple[int, ...]]:
    """Orders of eight labels; alerts take some in a row, so that the sender spends its time on sending."""
    return [tuple(dice.sample(range(8), 8)) for _ in range(997)]


def chunks(number: int, shuffled: list[tuple[int, ...]], groups: int, orders: int) -> list[bytes]:
    """One alert in several orders of its labels, with a place for its end."""
    pairs = [f'"{name}":"{value}"' for name, value in labels(number, groups).items()]
    start = instant(datetime.now(UTC))
    head = (
        '{"annotations":{"runbook_url":"https://runbooks.example.com/high-latency",'
        f'"summary":"p99 latency of serving-{number:08x} is above 1 s"}},"endsAt":"{_END.decode()}",'
        f'"startsAt":"{start}","generatorURL":"http://prometheus:9090/graph?g0.expr=latency+%3E+1\\u0026g0.tab=1",'
        '"labels":{'
    )
    first = number * orders
    chosen = [shuffled[(first + i) % len(shuffled)] for i in range(orders)]
    return [(head + ",".join([pairs[i] for i in order]) + "}}").encode() for order in chosen]


class Traffic:
    """Requests of `batch` alerts each, over a population of `size`, for ever."""

    def __init__(self, size: int, batch: int, seed: int = 1, groups: int = GROUPS, orders: int = ORDERS) -> None:
        self._shuffled = _shuffled(random.Random(seed))
        self._size, self._batch, self._groups, self._orders = size, batch, groups, orders
        self._numbers = list(range(size))
        self._next = size
        self._alerts = [chunks(number, self._shuffled, groups, orders) for number in self._numbers]
        self._round = 0
        self._ended: list[bool] = [False] * size

    def once(self) -> Iterator[tuple[list[int], bytes]]:
        """Every alert, firing."""
        for first in range(0, self._size, self._batch):
            places = range(first, min(first + self._batch, self._size))
            yield [self._numbers[p] for p in places], self._request([self._alerts[p][0] for p in places])

    def rounds(self) -> Iterator[tuple[list[int], bytes]]:
        """Round after round; with each request the numbers of the alerts that fire in it."""
        while True:
            self._round += 1
            for first in range(0, self._size, self._batch):
                yield self._turn(range(first, min(first + self._batch, self._size)))

    def _turn(self, places: range) -> tuple[list[int], bytes]:
        bodies, firing = [], []
        for place in places:
            if self._ended[place]:
                self._replace(place)
            body = self._alerts[place][(self._round + place) % self._orders]
            if (place + self._round) % TURNOVER == 0:
                self._ended[place] = True
                body = body.replace(_END, _PAST)
            else:
                firing.append(self._numbers[place])
            bodies.append(body)
        return firing, self._request(bodies)

    def _replace(self, place: int) -> None:
        self._numbers[place], self._ended[place] = self._next, False
        self._alerts[place] = chunks(self._next, self._shuffled, self._groups, self._orders)
        self._next += 1

    def _request(self, bodies: list[bytes]) -> bytes:
        now = datetime.now(UTC)
        body = b"[" + b",".join(bodies) + b"]"
        body = body.replace(_END, instant(now + FIRES_FOR).encode()).replace(_PAST, instant(now).encode())
        return _HEAD % len(body) + body
