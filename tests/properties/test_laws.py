"""The laws against the real product: one running product, a store of its own for each example.

A small derandomised profile by default; `LONG_PROPERTIES=1` searches longer and disturbs more often.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.product.running import RunningProduct
from tests.properties.machine import run_laws
from tests.properties.product_laws import ProductLaws

LONG = bool(os.environ.get("LONG_PROPERTIES"))
PROFILE = settings(
    max_examples=300 if LONG else 15,
    stateful_step_count=40 if LONG else 12,
    derandomize=not LONG,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    running = RunningProduct(tmp_path_factory.mktemp("laws") / "data")
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.mark.product
@pytest.mark.slow
def test_every_answer_is_the_oracles_whatever_is_sent_and_whatever_happens(product: RunningProduct) -> None:
    run_laws(lambda: ProductLaws(product, disturbances=4 if LONG else 1), PROFILE)
