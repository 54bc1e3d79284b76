"""Law L6 in short: some kills under load, every answered event accounted for. The long run is `make torture`."""

from __future__ import annotations

import pytest

from tests.faults.killing import Killer
from tests.faults.ledger import Load, audit
from tests.product.running import RunningProduct

pytestmark = [pytest.mark.product, pytest.mark.slow]

KILLS = 8
SEED = 20261122


def test_whatever_is_killed_every_answered_event_is_in_the_answers_exactly_once(own_product: RunningProduct) -> None:
    own_product.start()
    shop = own_product.new_store()
    killer = Killer(own_product, SEED)
    with Load(shop, seed=SEED) as load:
        killer.kill(KILLS)
    shop.settle(within=120)
    found = audit(shop, load.ledger)
    assert found.problems == ()
    assert found.events == len(load.ledger.sent) == len(load.ledger.acknowledged)
    assert load.ledger.without_retry_after == 0
    assert load.ledger.repeated > 0
    verified = own_product.run("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert sum(killer.kills.values()) == KILLS
