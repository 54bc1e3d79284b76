"""Claims, owners, retraction and time travel of the oracle against cases computed by hand."""

from __future__ import annotations

from tests.oracle.stories import Story, at


def test_what_came_before_the_first_login_belongs_to_that_user() -> None:
    story = Story()
    story.page(0, anonymous="a")
    story.identify(5, user="u", anonymous="a")
    assert story.profile("anonymous", "a")["user_ids"] == ["u"]
    assert story.profile("user", "u")["events"] == 2


def test_the_earlier_claim_wins_though_it_arrives_later() -> None:
    story = Story()
    story.page(0, anonymous="a")
    story.identify(5, user="second", anonymous="a")
    story.identify(3, user="first", anonymous="a")
    assert story.profile("anonymous", "a")["user_ids"] == ["first"]
    assert story.profile("user", "second")["anonymous_ids"] == []


def test_two_users_of_one_browser_stay_two_persons() -> None:
    story = Story()
    story.identify(0, user="u", anonymous="a")
    story.identify(1, user="v", anonymous="a")
    assert len(story.oracle.customers()) == 2


def test_a_claimed_id_without_facts_finds_its_owner() -> None:
    story = Story()
    story.tell({"type": "alias", "previousId": "old"}, 0, user="u", anonymous="a")
    assert story.profile("anonymous", "old")["anonymous_ids"] == ["a", "old"]


def test_an_alias_of_oneself_claims_nothing() -> None:
    story = Story()
    story.tell({"type": "alias", "previousId": "u"}, 0, user="u")
    assert story.profile("user", "u")["anonymous_ids"] == []


def test_an_address_is_claimed_by_server_key_before_write_key() -> None:
    story = Story()
    story.track("Order Completed", 0, {"email": "e@x.de"}, key="server")
    story.identify(1, {"email": "e@x.de"}, user="stranger")
    story.identify(9, {"email": "E@x.de"}, user="owner", key="server")
    assert story.profile("email", "e@x.de")["user_ids"] == ["owner"]


def test_a_claim_in_a_bots_fact_does_not_count() -> None:
    story = Story()
    story.page(0, anonymous="a")
    story.identify(1, user="u", anonymous="a", context={"userAgent": "Googlebot/2.1"})
    assert story.profile("anonymous", "a")["user_ids"] == []
    assert story.oracle.customer("user", "u") is None


def test_a_retraction_undoes_the_fact_and_its_claim() -> None:
    story = Story()
    story.page(0, anonymous="a")
    story.identify(1, user="u", anonymous="a", message_id="wrong")
    story.track("Event Retracted", 2, {"message_id": "wrong"}, user="u", key="server")
    assert story.profile("anonymous", "a")["user_ids"] == []
    assert story.oracle.customer("user", "u") is None


def test_a_retraction_takes_back_only_facts_of_its_own_stream() -> None:
    story = Story()
    story.page(0, anonymous="a", message_id="m")
    story.page(0, anonymous="b", message_id="m")
    story.track("Event Retracted", 2, {"message_id": "m"}, anonymous="b", key="server")
    assert story.oracle.customer("anonymous", "a") is not None
    assert story.oracle.customer("anonymous", "b") is None


def test_a_retraction_cannot_be_retracted() -> None:
    story = Story()
    story.page(0, anonymous="a", message_id="m")
    story.track("Event Retracted", 2, {"message_id": "m"}, anonymous="a", key="server", message_id="r")
    story.track("Event Retracted", 3, {"message_id": "r"}, anonymous="a", key="server")
    assert story.oracle.customer("anonymous", "a") is None


def test_a_fact_exists_until_its_retraction_happened_and_was_known() -> None:
    story = Story()
    page = story.page(0, anonymous="a", message_id="m")
    story.track("Event Retracted", 2, {"message_id": "m"}, anonymous="a", key="server")
    assert story.oracle.customer("anonymous", "a", as_of=at(1)) is not None
    assert story.oracle.customer("anonymous", "a", as_of=at(2)) is None
    assert story.oracle.customer("anonymous", "a", known_at=page.recorded_at) is not None


def test_a_late_claim_is_not_known_before_it_was_recorded() -> None:
    story = Story()
    page = story.page(5, anonymous="a")
    story.identify(0, user="u", anonymous="a")
    assert story.profile("anonymous", "a", known_at=page.recorded_at)["user_ids"] == []
    assert story.profile("anonymous", "a")["user_ids"] == ["u"]


def test_the_store_is_no_person() -> None:
    story = Story()
    story.track("Stock Level Changed", 0, {"product_id": "p", "level": 3}, key="server")
    assert story.oracle.customers() == {}
