"""What follows from merges and splits, whatever their order and shape."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from projections.identity import Act, Identity, Verdict, settled, verdicts

USERS = ["u1", "u2", "u3", "u4"]
FIRSTS = {user: (10 - number, "e") for number, user in enumerate(USERS)}
ACTS = st.lists(
    st.builds(
        Act,
        split=st.booleans(),
        user=st.sampled_from(USERS),
        other=st.sampled_from([*USERS, "a1", "e1"]),
        at=st.tuples(st.integers(0, 4), st.sampled_from("abcdefgh")),
    ).filter(lambda act: act.user != act.other),
    max_size=8,
    unique_by=lambda act: act.at,
)


def merge(user: str, other: str, at: int = 1) -> Act:
    return Act(False, user, other, (at, "m"))


def split(user: str, other: str, at: int = 2) -> Act:
    return Act(True, user, other, (at, "s"))


def together(acts: list[Act]) -> set[frozenset[str]]:
    """The persons by the book: links that hold, followed until nothing is new."""
    holding = [
        {one.user, one.other}
        for one in acts
        if not one.split
        and one.other in USERS
        and not any(two.split and {two.user, two.other} == {one.user, one.other} and two.at >= one.at for two in acts)
    ]
    groups = [{user} for user in USERS]
    for _ in USERS:
        groups = [set().union(group, *(pair for pair in holding if pair & group)) for group in groups]
    return {frozenset(group) for group in groups}


def of(identity: Identity) -> set[frozenset[str]]:
    customer = {user: identity.merged.get(user, user) for user in USERS}
    return {frozenset(user for user in USERS if customer[user] == one) for one in customer.values()}


@given(ACTS)
def test_users_are_one_customer_exactly_when_merges_that_hold_lead_from_one_to_the_other(acts: list[Act]) -> None:
    assert of(settled(acts, FIRSTS, ())) == together(acts)


@given(ACTS, st.randoms())
def test_neither_order_nor_repetition_matters(acts: list[Act], random: Random) -> None:
    shuffled = acts + acts[::2]
    random.shuffle(shuffled)
    assert settled(shuffled, FIRSTS, ()) == settled(acts, FIRSTS, ())


@given(ACTS)
def test_the_customer_is_the_user_who_came_first(acts: list[Act]) -> None:
    identity = settled(acts, FIRSTS, ())
    for user, customer in identity.merged.items():
        group = next(group for group in of(identity) if user in group)
        assert customer == min(group, key=lambda one: FIRSTS[one])


def test_a_split_voids_what_was_before_it_and_a_later_merge_holds() -> None:
    first, second = merge("u1", "u2"), merge("u2", "u1", at=3)
    found = verdicts([first, split("u2", "u1"), second], FIRSTS, ())
    assert found == {first: Verdict.VOIDED, second: Verdict.HELD}


def test_a_voided_claim_is_named_by_its_pair_and_a_voided_merge_of_a_visitor_by_its_event() -> None:
    found = settled([merge("u1", "a1"), split("u1", "a1")], {**FIRSTS, "a1": (1, "e")}, ())
    assert found.voided == ["u1a1", "u1m"]
    assert settled([merge("u1", "a1")], {**FIRSTS, "a1": (1, "e")}, ()).voided == []


def test_a_stream_without_facts_and_a_blocked_one_are_linked_to_nothing() -> None:
    assert verdicts([merge("u1", "u9")], FIRSTS, ()) == {merge("u1", "u9"): Verdict.NO_EVENTS}
    assert verdicts([merge("u1", "u2")], FIRSTS, ["u2"]) == {merge("u1", "u2"): Verdict.BLOCKED}


def test_many_merges_are_settled_at_once() -> None:
    users = [f"u{number:05}" for number in range(20_000)]
    firsts = {user: (number, "e") for number, user in enumerate(users)}
    acts = [Act(False, one, other, (number, "m")) for number, (one, other) in enumerate(pairwise(users))]
    found = settled(acts, firsts, ())
    assert set(found.merged.values()) == {users[0]}
    assert len(found.merged) == 19_999
