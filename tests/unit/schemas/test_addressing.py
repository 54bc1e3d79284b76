from __future__ import annotations

from typing import Any

import pytest

from schemas.addressing import THE_STORE, address
from schemas.errors import InvalidEvent
from schemas.facts import KeyClass
from schemas.streams import StreamKind, StreamRef
from schemas.vocabulary import resolve
from tests.builders import message

Streams = tuple[StreamRef, tuple[StreamRef, ...]]


def addressed(said: dict[str, Any], key_class: KeyClass = KeyClass.SERVER) -> Streams:
    return address(said, said["type"], resolve(said["type"], said.get("event")), key_class)


def user(id_: str) -> StreamRef:
    return StreamRef(StreamKind.USER, id_)


def anonymous(id_: str) -> StreamRef:
    return StreamRef(StreamKind.ANONYMOUS, id_)


def email(id_: str) -> StreamRef:
    return StreamRef(StreamKind.EMAIL, id_)


def phone(id_: str) -> StreamRef:
    return StreamRef(StreamKind.PHONE, id_)


def test_an_event_goes_to_the_user_and_claims_the_anonymous_id() -> None:
    assert addressed(message(userId="u")) == (user("u"), (anonymous("a-1"),))
    assert addressed(message(userId="null")) == (anonymous("a-1"), ())


def test_an_identify_claims_the_addresses_it_names() -> None:
    said = message("identify", userId="u", traits={"email": "A@b.de", "phone": "+49 1"})
    assert addressed(said) == (user("u"), (anonymous("a-1"), email("a@b.de"), phone("+491")))


def test_traits_stand_before_the_context() -> None:
    context = {"traits": {"email": "c@d.de", "phone": "2"}}
    said = message("identify", userId="u", traits={"email": "a@b.de"}, context=context)
    assert addressed(said)[1] == (anonymous("a-1"), email("a@b.de"), phone("2"))
    assert addressed(message(userId="u", context=context))[1] == (anonymous("a-1"), email("c@d.de"), phone("2"))


def test_the_traits_of_a_group_are_nobodys_address() -> None:
    assert addressed(message("group", userId="u", groupId="g", traits={"email": "info@b.de"}))[1] == (anonymous("a-1"),)


def test_an_alias_claims_the_previous_id() -> None:
    alias = message("alias", anonymousId=None, userId="u", previousId="b")
    assert addressed(alias, KeyClass.WRITE) == (user("u"), (anonymous("b"),))
    assert addressed(message("alias", anonymousId=None, userId="u", previousId="u")) == (user("u"), ())


def test_an_alias_by_server_key_merges_the_previous_id_as_a_user_too() -> None:
    said = message("alias", anonymousId="b", userId="u", previousId="b")
    assert addressed(said) == (user("u"), (anonymous("b"), user("b")))
    assert addressed(said, KeyClass.WRITE) == (user("u"), (anonymous("b"),))


def of_two(event: str = "Customers Merged", by: Any = "u", **sides: Any) -> dict[str, Any]:
    context = {"traits": {"email": "somebody@else.de"}}
    return message(event=event, userId=by, anonymousId="a-1", context=context, properties=sides)


@pytest.mark.parametrize("event", ["Customers Merged", "Customers Split"])
def test_a_merge_and_a_split_name_two_sides_and_nothing_else(event: str) -> None:
    assert addressed(of_two(event, user_id="v")) == (user("u"), (user("v"),))
    assert addressed(of_two(event, anonymous_id="a-2")) == (user("u"), (anonymous("a-2"),))
    assert addressed(of_two(event, email=" A@b.de")) == (user("u"), (email("a@b.de"),))
    assert addressed(of_two(event, phone="+49 1", reason="asked us")) == (user("u"), (phone("+491"),))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (of_two(by=None, anonymous_id="a-2"), "userId"),
        (of_two(anonymous_id="null"), "properties"),
        (of_two(anonymous_id="a-2", email="a@b.de"), "properties"),
        (of_two(anonymous_id=True), "properties.anonymous_id"),
    ],
)
def test_a_merge_without_two_sides_is_refused_naming_the_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        addressed(said)
    assert refused.value.field == field


def test_a_user_is_not_merged_with_itself() -> None:
    with pytest.raises(InvalidEvent, match="both sides") as refused:
        addressed(message(event="Customers Merged", userId="u", properties={"user_id": " u "}))
    assert refused.value.field == "properties.user_id"


def test_an_event_about_the_store_is_about_nobody() -> None:
    assert addressed(message(event="Product Updated", userId="u", properties={"product_id": "p"})) == (THE_STORE, ())


def test_an_address_names_a_stream_only_by_server_key() -> None:
    said = message(event="Email Opened", anonymousId="0", context={"traits": {"email": "A@b.de", "phone": "1"}})
    assert addressed(said) == (email("a@b.de"), ())
    assert addressed({**said, "context": {"traits": {"phone": "1"}}}) == (phone("1"), ())
    with pytest.raises(InvalidEvent, match="no_id"):
        addressed(said, KeyClass.WRITE)


def test_an_order_id_alone_names_nobody() -> None:
    with pytest.raises(InvalidEvent, match="no_id"):
        addressed(message(event="Order Shipped", anonymousId=None, properties={"order_id": "o"}))


@pytest.mark.parametrize("wrong", [True, [], {"work": "1"}])
def test_a_trait_that_is_no_address_claims_nothing(wrong: Any) -> None:
    said = message("identify", userId="u", traits={"phone": wrong})
    assert addressed(said)[1] == (anonymous("a-1"),)
