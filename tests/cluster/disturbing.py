"""What can happen to a cluster, by name and from a seed: kills, pauses, restarts, workers that come and go."""

from __future__ import annotations

import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from tests.cluster.running_cluster import SERVICES, RunningCluster

BEYOND_SESSION = 8.0
"""Seconds of a pause: longer than Kafka waits for a worker."""


def kill(name: str) -> Callable[[RunningCluster], None]:
    return lambda cluster: cluster.signal_service(name, signal.SIGKILL)


def pause(name: str) -> Callable[[RunningCluster], None]:
    """Stop a worker beyond the session timeout, while another takes its partitions; then let it go on: a zombie."""

    def run(cluster: RunningCluster) -> None:
        cluster.start_service(name, 2)
        _wait(4.0)
        cluster.signal_service(name, signal.SIGSTOP)
        _wait(BEYOND_SESSION)
        cluster.signal_service(name, signal.SIGCONT)
        _wait(1.0)
        cluster.stop_service(name, 2)

    return run


def come_and_go(name: str) -> Callable[[RunningCluster], None]:
    """A second worker joins and leaves: two rebalances."""

    def run(cluster: RunningCluster) -> None:
        cluster.start_service(name, 3)
        _wait(5.0)
        cluster.stop_service(name, 3)

    return run


def restart_broker(cluster: RunningCluster) -> None:
    cluster.servers.broker.kill()
    cluster.servers.broker.start()


def broker_away(seconds: float) -> Callable[[RunningCluster], None]:
    def run(cluster: RunningCluster) -> None:
        cluster.servers.broker.stop()
        _wait(seconds)
        cluster.servers.broker.start()

    return run


def restart_postgres(cluster: RunningCluster) -> None:
    cluster.servers.postgres.stop()
    cluster.servers.postgres.start()


def kill_postgres(cluster: RunningCluster) -> None:
    cluster.servers.postgres.kill()
    cluster.servers.postgres.start()


def restart_clickhouse(cluster: RunningCluster) -> None:
    cluster.servers.restart_clickhouse()


KILLS: Mapping[str, Callable[[RunningCluster], None]] = {f"kill {name}": kill(name) for name in SERVICES}
PAUSES = {f"pause {name}": pause(name) for name in ("aggregator", "projector")}
REBALANCES = {f"{name} comes and goes": come_and_go(name) for name in ("aggregator", "projector")}
SERVERS = {
    "restart broker": restart_broker,
    "restart postgres": restart_postgres,
    "kill postgres": kill_postgres,
    "restart clickhouse": restart_clickhouse,
}
ALL = {**KILLS, **PAUSES, **REBALANCES, **SERVERS}


class Disturber:
    """Disturbs a cluster, each time at a random moment after the last. `every` bounds the seconds between two."""

    def __init__(self, cluster: RunningCluster, seed: int, every: tuple[float, float] = (0.3, 3.0)) -> None:
        self._cluster = cluster
        self._random = random.Random(seed)
        self._every = every
        self.done: Counter[str] = Counter()

    def disturb(self, plan: Sequence[str], told: Callable[[int, str], None] = lambda _, __: None) -> None:
        """Let everything of a plan happen, in a random order."""
        order = self._random.sample(plan, len(plan))
        for number, name in enumerate(order, 1):
            _wait(self._random.uniform(*self._every))
            ALL[name](self._cluster)
            self.done[name] += 1
            told(number, name)


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)
