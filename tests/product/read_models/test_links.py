"""The routes about identity by the real SQL: merging, splitting, links and what is not linked."""

from __future__ import annotations

from typing import Any

import pytest

from projections.clickhouse_connection import Warehouse
from schemas.rules import Rules
from tests.product.read_models.shop import Analyst, Json, Store, at

pytestmark = pytest.mark.product


@pytest.fixture
def analyst(store: Store) -> Analyst:
    return Analyst(store)


def links_of(analyst: Analyst, customer: str, **params: Any) -> list[Json]:
    answer = analyst.ask("GET", f"/customers/{customer}/links", params=params)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def brief(links: list[Json]) -> list[tuple[str, str, str, str | None]]:
    """Kind, the other side's id, state and reason of each link."""
    return [(link["kind"], link["streams"][1]["value"], link["state"], link["refused_because"]) for link in links]


def merge(analyst: Analyst, one: str, other: str, **headers: str) -> Json:
    body = {"with": other, "reason": "one person", "by": "Mia"}
    answer = analyst.ask("POST", f"/customers/{one}/merge", json=body, more=headers)
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()
    return said


def split(analyst: Analyst, customer: str, link: str, **headers: str) -> Json:
    answer = analyst.ask("POST", f"/customers/{customer}/split", json={"link": link}, more=headers)
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()
    return said


def test_two_customers_are_merged_by_their_ids_and_split_by_the_link(store: Store, analyst: Analyst) -> None:
    store.say("page", 1, user="ada")
    store.say("page", 2, user="eve")
    ada, eve = store.stream("user", "ada"), store.stream("user", "eve")
    done = merge(analyst, eve, ada)
    assert done["merged"] is True
    assert store.user("ada")["user_ids"] == ["ada", "eve"]
    (link,) = links_of(analyst, eve)
    assert {side["value"] for side in link["streams"]} == {"ada", "eve"}
    assert {side["kind"] for side in link["streams"]} == {"user"}
    assert (link["event_id"], link["by"], link["reason"], link["state"]) == (
        done["event_id"], "Mia", "one person", "held",
    )  # fmt: skip
    undone = split(analyst, ada, link["link"])
    assert store.user("ada")["user_ids"] == ["ada"]
    (link,) = links_of(analyst, ada)
    assert (link["state"], link["split"]["event_id"], link["split"]["by"]) == (
        "voided", undone["event_id"], "admin token",
    )  # fmt: skip
    assert links_of(analyst, eve) == [link]
    assert split(analyst, ada, link["link"])["split"] is False


def test_merging_a_visitor_links_it_to_the_user_whichever_is_named_first(store: Store, analyst: Analyst) -> None:
    store.say("page", 1, anonymous="a-1")
    store.say("page", 2, user="ada")
    merge(analyst, store.stream("anonymous", "a-1"), store.stream("user", "ada"))
    assert store.user("ada")["anonymous_ids"] == ["a-1"]
    assert brief(links_of(analyst, store.stream("user", "ada"))) == [("merge", "a-1", "held", None)]


def test_one_customer_is_not_merged_with_itself(store: Store, analyst: Analyst) -> None:
    store.say("page", 1, user="ada", anonymous="a-1")
    done = merge(analyst, store.stream("user", "ada"), store.stream("anonymous", "a-1"))
    assert done == {"event_id": None, "merged": False, "message": "both are one customer already"}


def test_the_same_request_with_its_key_is_the_same_merge(store: Store, analyst: Analyst) -> None:
    store.say("page", 1, user="ada")
    store.say("page", 2, user="eve")
    ada, eve = store.stream("user", "ada"), store.stream("user", "eve")
    first = merge(analyst, ada, eve, **{"idempotency-key": "k-1"})
    assert merge(analyst, ada, eve, **{"idempotency-key": "k-1"}) == first
    (link,) = links_of(analyst, ada)
    undone = split(analyst, ada, link["link"], **{"idempotency-key": "k-1"})
    assert split(analyst, ada, link["link"], **{"idempotency-key": "k-1"}) == undone


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/customers/{ada}/merge", {"with": "x"}, 400, "with"),
        ("/customers/{ada}/merge", {"with": "{nobody}"}, 400, "with"),
        ("/customers/{nobody}/merge", {"with": "{ada}"}, 404, None),
        ("/customers/{a1}/merge", {"with": "{a2}"}, 400, "with"),
        ("/customers/{ada}/merge", {}, 400, "with"),
        ("/customers/{ada}/merge", {"with": "{eve}", "why": "?"}, 400, "why"),
        ("/customers/{ada}/split", {"link": "{ada}-{eve}"}, 400, "link"),
        ("/customers/nobody/split", {"link": "x"}, 404, None),
    ],
)
def test_what_cannot_be_merged_or_split_is_refused_naming_the_field(
    store: Store, analyst: Analyst, path: str, body: Json, status: int, field: str | None
) -> None:
    for number, user in enumerate(("ada", "eve")):
        store.say("page", number, user=user)
        store.say("page", number, anonymous=f"a-{number + 1}")
    ids = {name: store.stream("user", name) for name in ("ada", "eve", "nobody")}
    ids |= {f"a{number}": store.stream("anonymous", f"a-{number}") for number in (1, 2)}
    said = {key: value.format(**ids) for key, value in body.items()}
    answer = analyst.ask("POST", path.format(**ids), json=said)
    assert answer.status_code == status, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ([] if field is None else [field])


def test_every_link_says_whether_it_holds_and_why_not(store: Store, analyst: Analyst) -> None:
    store.say("page", 1, user="ada", anonymous="a-1")
    store.say("page", 2, user="eve", anonymous="a-1")
    store.say("identify", 3, user="ada", traits={"email": "test@test.com"})
    store.say("page", 4, user="ada", anonymous="a-2")
    store.say("Customers Split", 5, user="ada", more={"anonymous_id": "a-2"})
    store.say("Customers Merged", 6, user="ada", more={"user_id": "nobody"})
    ada, eve = store.stream("user", "ada"), store.stream("user", "eve")
    assert brief(links_of(analyst, ada)) == [
        ("claim", "a-1", "held", None),
        ("claim", "a-1", "refused", "claimed_before"),
        ("claim", "test@test.com", "refused", "blocked"),
        ("claim", "a-2", "voided", None),
        ("merge", "nobody" if ada < store.stream("user", "nobody") else "ada", "refused", "no_events"),
    ]
    assert brief(links_of(analyst, eve)) == [("claim", "a-1", "refused", "claimed_before")]
    assert brief(links_of(analyst, ada, as_of=at(1))) == [("claim", "a-1", "held", None)]


def test_links_are_listed_page_by_page(store: Store, analyst: Analyst) -> None:
    for number in range(5):
        store.say("page", number, user="ada", anonymous=f"a-{number}")
    ada, found, cursor = store.stream("user", "ada"), [], None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = analyst.ask("GET", f"/customers/{ada}/links", params=params).json()
        found += [link["streams"][1]["value"] for link in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == [f"a-{number}" for number in range(5)]


def test_what_is_not_linked_is_reported(warehouse: Warehouse, request: pytest.FixtureRequest) -> None:
    store = Store(warehouse, request.node.name, Rules(most_anonymous_ids=2, most_users_of_an_address=2))
    analyst = Analyst(store)
    for number, user in enumerate(("ada", "eve", "mia")):
        store.say("identify", number, user=user, traits={"email": "family@shop.test"})
    for number in range(5):
        store.say("page", 10 + number, user="ada", anonymous=f"a-{number}")
    store.say("identify", 20, user="eve", traits={"email": "test@test.com"})
    report = analyst.ask("GET", "/identity/refused").json()["items"]
    assert {(one["kind"], one["value"], one["reason"], one["links"]) for one in report} == {
        ("email", "family@shop.test", "too_many_users", 3),
        ("user", "ada", "too_many_anonymous_ids", 3),
        ("email", "test@test.com", "blocked", 1),
    }
    states = {link["refused_because"] for link in links_of(analyst, store.stream("user", "ada"))}
    assert states == {None, "too_many_users", "too_many_anonymous_ids"}
    first = analyst.ask("GET", "/identity/refused", params={"limit": "2"}).json()
    rest = analyst.ask("GET", "/identity/refused", params={"limit": "2", "cursor": first["next_cursor"]}).json()
    assert first["items"] + rest["items"] == report
    assert rest["next_cursor"] is None
