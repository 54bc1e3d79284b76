"""Laws L6 and L8 on a full disk: 503 with Retry-After, nothing lost, and recovery by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.full_disks import Disk, FileSizeLimit, small_disk
from tests.faults.ledger import Load, audit
from tests.product.running import RunningProduct, eventually

pytestmark = [pytest.mark.product, pytest.mark.slow]

REFUSALS = 10
"""So many 503 answers are waited for while the disk is full."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """The disk that `tmp_path/data` lies on."""
    with small_disk(tmp_path / "data") as found:
        if isinstance(found, FileSizeLimit):
            print("nothing can be mounted here: a limit on the length of files stands for the full disk")
        yield found


def test_a_full_disk_is_answered_with_503_and_loses_nothing(disk: Disk, tmp_path: Path) -> None:
    with closing(RunningProduct(tmp_path / "data")) as product:
        product.start()
        shop, pid = product.new_store(), product.pid
        with Load(shop, seed=1, senders=3) as load:
            answers = load.ledger.answers
            eventually(lambda: answers["200"] >= 20, 20, "the first answers")
            disk.fill(product)
            eventually(lambda: answers["503"] >= REFUSALS, 60, "the refusal of events for want of room")
            assert not product.ready()
            disk.free(product)
            taken = answers["200"]
            eventually(lambda: answers["200"] >= taken + 20, 60, "the recovery after there is room again")
        eventually(product.ready, 20, "the product's readiness")
        assert product.pid == pid
        shop.settle(within=90)
        found = audit(shop, load.ledger)
        assert found.problems == ()
        assert set(answers) <= {"200", "503"}
        assert load.ledger.without_retry_after == 0
        verified = product.run("verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
