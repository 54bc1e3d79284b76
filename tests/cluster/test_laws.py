"""The laws against the distributed mode: all of our processes are ended and killed while the servers stay.

A small derandomised profile; `LONG_PROPERTIES=1` searches longer and disturbs
more often.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.cluster.running_cluster import RunningCluster
from tests.properties.machine import run_laws
from tests.properties.product_laws import ProductLaws

LONG = bool(os.environ.get("LONG_PROPERTIES"))
PROFILE = settings(
    max_examples=150 if LONG else 5,
    stateful_step_count=40 if LONG else 12,
    derandomize=not LONG,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.product
@pytest.mark.slow
def test_every_answer_is_the_oracles_whatever_is_sent_and_whatever_happens(shared_cluster: RunningCluster) -> None:
    run_laws(lambda: ProductLaws(shared_cluster, disturbances=4 if LONG else 1), PROFILE)
