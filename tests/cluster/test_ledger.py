"""Law L6 over the cluster: whatever happens to it, every answered event is in the answers exactly once, in its order.

The long run is `make torture`.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import psutil
import psycopg
import pytest

from footfall.cluster.servers import DATABASE
from footfall.distributed.topics import CUSTOMER_EVENTS, SITE_EVENTS
from tests.cluster.conftest import needs
from tests.cluster.disturbing import ALL, Disturber
from tests.cluster.running_cluster import SERVICES, RunningCluster
from tests.faults.ledger import Load, audit
from tests.product.running import Shop

pytestmark = [pytest.mark.product, pytest.mark.slow]

SEED = 20261122
SETTLE_SECONDS = 120
AWAY_SECONDS = 10
WITHIN_SECONDS = 3.0
"""Two seconds, and what a machine that is busy with much else adds."""
MOST_GROWN = 32 * 1024 * 1024


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """A cluster whose processes and servers die."""
    needs("java", "mvn", "postgres")
    running = RunningCluster(tmp_path_factory.mktemp("faults"))
    try:
        running.start()
        yield running
    finally:
        running.close()


def assert_clean(cluster: RunningCluster, shop: Shop, load: Load) -> None:
    cluster.wait_ready()
    shop.settle(within=SETTLE_SECONDS)
    found = audit(shop, load.ledger)
    assert found.problems == (), shop.product.last_words()
    assert found.events == len(load.ledger.sent) == len(load.ledger.acknowledged)
    assert load.ledger.without_retry_after == 0


def test_whatever_is_killed_paused_or_restarted_nothing_is_lost_and_nothing_is_there_twice(
    cluster: RunningCluster,
) -> None:
    shop = cluster.new_store()
    cluster.start_service("collector", 2)
    disturber = Disturber(cluster, SEED, every=(0.3, 1.5))
    with Load(shop, seed=SEED) as load:
        disturber.disturb(list(ALL))
    cluster.stop_service("collector", 2)
    cluster.doors.pop()
    assert set(disturber.done) == set(ALL)
    assert load.ledger.repeated > 0
    assert_clean(cluster, shop, load)
    verified = cluster.run("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_both_topics_replayed_from_their_start_change_nothing(cluster: RunningCluster) -> None:
    shop = cluster.new_store()
    with Load(shop, seed=SEED + 1):
        cluster.wait_ready()
    shop.settle(within=SETTLE_SECONDS)
    before = cluster.command("verify", "profiles")
    for name, topic in (("aggregator", SITE_EVENTS), ("projector", CUSTOMER_EVENTS)):
        cluster.stop_service(name, 1)
        with psycopg.connect(cluster.servers.postgres.dsn(DATABASE)) as connection:
            connection.execute("DELETE FROM consumed WHERE topic = %s", (topic,))
        cluster.start_service(name)
        shop.settle(within=SETTLE_SECONDS)
    assert cluster.command("verify", "profiles") == before
    assert cluster.versions_with_gaps() == []


def test_a_rolling_restart_under_load_fails_no_request(cluster: RunningCluster) -> None:
    shop = cluster.new_store()
    cluster.start_service("collector", 2)
    with Load(shop, seed=SEED + 2) as load:
        for name in SERVICES:
            cluster.signal_service(name, signal.SIGTERM)
            time.sleep(1.0)  # the supervisor starts it again
            cluster.wait_ready()
        cluster.stop_service("collector", 2)
        cluster.doors.pop()
    assert set(load.ledger.answers) == {"200"}
    assert_clean(cluster, shop, load)


def test_while_the_broker_is_away_clients_are_told_so_at_once_and_the_memory_is_flat(cluster: RunningCluster) -> None:
    shop, other = cluster.new_store(), cluster.new_store()
    cluster.wait_ready()
    collector = psutil.Process(cluster.pid("collector"))
    with Load(shop, seed=SEED + 3, senders=16, pace=0.01) as load:
        time.sleep(3)
        before = collector.memory_info().rss
        cluster.servers.broker.stop()
        asked = [_asked(other) for _ in range(5)]
        time.sleep(AWAY_SECONDS)
        grown = collector.memory_info().rss - before
        asked += [_asked(other) for _ in range(5)]
        cluster.servers.broker.start()
    assert [status for status, _, _ in asked] == [503] * 10
    assert all(retry_after.isdigit() for _, retry_after, _ in asked)
    assert max(seconds for _, _, seconds in asked) < WITHIN_SECONDS
    assert grown < MOST_GROWN
    assert_clean(cluster, shop, load)


def _asked(shop: Shop) -> tuple[int, str, float]:
    """Send an event that nobody will answer with 200, and return status, Retry-After and the seconds it took."""
    began = time.monotonic()
    answer = shop.post("/v1/track", {"event": "Product Viewed", "userId": "waits", "messageId": "waits"})
    return answer.status_code, answer.headers.get("retry-after", ""), time.monotonic() - began
