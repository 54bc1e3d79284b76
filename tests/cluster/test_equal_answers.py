"""Both run modes make the same of the same: the digests of all read models are equal, and so are those of the facts.

What may differ is when and where a fact was recorded; no read model holds that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from footfall.data_folder import DataFolder
from footfall.distributed.warehouse_address import address_of
from footfall.embedded.warehouse_access import published_address
from footfall.settings import load
from footfall.simulation import SimulatedMessage, simulate
from projections.clickhouse_connection import Address, Warehouse
from projections.refresh import READ_MODELS
from tests.cluster.running_cluster import RunningCluster
from tests.product.running import Product, RunningProduct, Shop

pytestmark = pytest.mark.product

STORE = "the-same-shop"
END, SEED, VISITORS, DAYS = datetime(2026, 6, 30, 18, tzinfo=UTC), 7, 60, 90

OWN_TO_A_MODE = {
    **{model.name: "version" for model in READ_MODELS},
    "events": "version, shard, notification_id, received_at, recorded_at",
}
"""Columns that tell when and where something was recorded, and how much a row has seen."""

DIGEST = """
SELECT count(), sum(cityHash64(toString(tuple(* EXCEPT ({columns}))))) FROM {table} FINAL
WHERE store = {{store:String}} {live}
"""


@pytest.fixture
def embedded_product(shared_cluster: RunningCluster, tmp_path: Path) -> Iterator[RunningProduct]:
    """An embedded product with the cluster's secret, so that ids agree."""
    product = RunningProduct(tmp_path / "data")
    (DataFolder(product.data).make().path / "secret").write_text(shared_cluster.servers.secret, encoding="ascii")
    product.start()
    yield product
    product.close()


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """What the simulated shop's browsers and servers said, a file each, in the order of arrival."""
    said = list(simulate(END, seed=SEED, visitors=VISITORS, days=DAYS))
    folder = tmp_path_factory.mktemp("archives")
    return {key: written(folder / f"{key}.jsonl", [one for one in said if one.key_class == key]) for key in KEYS}


KEYS = ("write", "server")


def written(file: Path, said: Sequence[SimulatedMessage]) -> Path:
    file.write_text("".join(json.dumps(one.message) + "\n" for one in said), encoding="utf-8")
    return file


def fill(product: Product, archives: Mapping[str, Path]) -> Shop:
    shop = product.new_store(STORE)
    for key, file in archives.items():
        product.command("import", str(file), "--store", STORE, "--as", key)
    shop.settle()
    return shop


def digests(address: Address) -> dict[str, tuple[int, int]]:
    """Return how many rows of the store each table has, and their digest."""
    found = {}
    with closing(Warehouse(address)) as warehouse:
        for table, columns in OWN_TO_A_MODE.items():
            live = "" if table == "events" else "AND live"
            query = DIGEST.format(table=table, columns=columns, live=live)
            ((count, digest),) = warehouse.select(query, {"store": STORE})
            found[table] = (count, digest)
    return found


def test_the_simulated_shop_has_the_same_digests_in_both_modes(
    embedded_product: RunningProduct, shared_cluster: RunningCluster, archives: Mapping[str, Path]
) -> None:
    shops = [fill(product, archives) for product in (embedded_product, shared_cluster)]
    embedded, distributed = (len(shop.items("/customers", limit=1000)) for shop in shops)
    assert embedded == distributed > VISITORS / 2
    of_embedded = digests(published_address(DataFolder(embedded_product.data)))
    of_distributed = digests(address_of(load(environment=shared_cluster.environment()).settings))
    assert of_distributed == of_embedded
    assert of_embedded["events"][0] > 1000
