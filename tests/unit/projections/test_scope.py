"""Who is in a scope: connected components, and versions that say how much of one was seen."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from projections.clickhouse_connection import FOR_EVER, microseconds, moment
from projections.components import component_versions, components
from projections.perspective import Perspective
from schemas.clock import to_datetime
from schemas.rules import Rules
from tests.builders import NOW

NAMES = "abcdefgh"
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=12)
VERSIONS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9), min_size=1)


def reached(start: str, pairs: list[tuple[str, str]]) -> set[str]:
    """The component by the book: follow links until nothing is new."""
    found = {start}
    while grown := {b for a, b in pairs if a in found} | {a for a, b in pairs if b in found}:
        if grown <= found:
            break
        found |= grown
    return found


def test_streams_without_links_are_each_their_own() -> None:
    root = components([])
    assert [root(name) for name in "abc"] == ["a", "b", "c"]


def test_a_component_is_named_after_its_least_stream() -> None:
    root = components([("d", "c"), ("c", "b")])
    assert [root(name) for name in "abcd"] == ["a", "b", "b", "b"]


@given(PAIRS)
def test_two_streams_share_a_root_exactly_when_links_lead_from_one_to_the_other(pairs: list[tuple[str, str]]) -> None:
    root = components(pairs)
    for one in NAMES:
        assert {other for other in NAMES if root(other) == root(one)} == reached(one, pairs)


@given(VERSIONS, PAIRS, st.permutations(NAMES))
def test_a_version_is_the_sum_over_the_component_whatever_the_order_of_links(
    versions: dict[str, int], pairs: list[tuple[str, str]], order: list[str]
) -> None:
    shuffled = sorted(pairs, key=lambda pair: order.index(pair[0]))
    for asked in (pairs, shuffled, pairs + pairs):
        total = component_versions(versions, asked)
        for stream in versions:
            assert total(stream) == sum(versions.get(other, 0) for other in reached(stream, pairs))


@given(VERSIONS, PAIRS, st.sampled_from(NAMES), st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)))
def test_a_version_only_rises_with_another_fact_or_link(
    versions: dict[str, int], pairs: list[tuple[str, str]], touched: str, link: tuple[str, str]
) -> None:
    before = component_versions(versions, pairs)
    after = component_versions({**versions, touched: versions.get(touched, 0) + 1}, [*pairs, link])
    assert all(after(stream) >= before(stream) for stream in versions)


def test_a_chain_of_many_links_is_followed_to_its_end() -> None:
    names = [f"{number:06}" for number in range(50_000)]
    root = components(pairwise(reversed(names)))
    assert {root(name) for name in names[:: len(names) // 7]} == {names[0]}


def test_a_moment_is_written_to_the_microsecond_and_read_back() -> None:
    assert moment(NOW + 7) == "2026-11-22 12:00:00.000007"
    assert microseconds(to_datetime(NOW + 7)) == NOW + 7
    assert microseconds(to_datetime(NOW + 7).replace(tzinfo=None)) == NOW + 7


def test_no_time_lies_beyond_what_the_columns_hold() -> None:
    parameters = Perspective("shop", Rules(), FOR_EVER + 1).parameters()
    assert parameters["as_of"] == parameters["known_at"] == moment(FOR_EVER)
    assert moment(FOR_EVER).startswith("2286-")
