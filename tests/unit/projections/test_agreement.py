"""Two warehouses agree where all buckets do; what differs is named. (ClickHouse's part: tests/cluster.)"""

from __future__ import annotations

from projections.agreement import digest_of


def test_the_digest_of_a_table_is_that_of_its_rows_wherever_they_lie() -> None:
    whole = digest_of([(3, 2**64 - 1)])
    assert whole == digest_of([(1, 2**63), (2, 2**63 - 1)]) == "3-ffffffffffffffff"
    assert digest_of([(1, 2**64 - 1), (1, 2)]) == "2-0000000000000001"


def test_an_empty_table_has_a_digest() -> None:
    assert digest_of([]) == "0-0000000000000000"
