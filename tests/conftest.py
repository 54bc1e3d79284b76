"""Which run mode the shared product of the tests runs in, and what a mode cannot do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import needs
from tests.cluster.running_cluster import RunningCluster


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mode", choices=("embedded", "distributed"), default="embedded", help="run mode of the product")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the distributed mode, leave out what is marked as the embedded mode's alone; each says why."""
    if config.getoption("--mode") == "embedded":
        return
    left_out = [item for item in items if item.get_closest_marker("embedded") or "own_product" in _fixtures(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    return tuple(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """The one cluster that tests share; who kills its processes starts one of their own."""
    needs("java", "mvn", "postgres")
    cluster = RunningCluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()
