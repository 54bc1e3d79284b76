"""Stored history is never rewritten: the names in it stay, and each version of each type still reads.

Adding lines here is fine. A line that has to change or go means that stored facts would become unreadable.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from schemas.vocabulary import resolve
from schemas.vocabulary.stored import FACT_NAMES, UPCASTERS, Message, Upcaster, upcast

STORED_NAMES = [
    ("PageViewed", 1),
    ("ScreenViewed", 1),
    ("CustomerIdentified", 1),
    ("GroupJoined", 1),
    ("AliasClaimed", 1),
    ("PageLeft", 1),
    ("ProductsSearched", 1),
    ("ProductListViewed", 1),
    ("ProductListFiltered", 1),
    ("PromotionViewed", 1),
    ("PromotionClicked", 1),
    ("ProductClicked", 1),
    ("ProductViewed", 1),
    ("ProductAdded", 1),
    ("ProductRemoved", 1),
    ("CartViewed", 1),
    ("CheckoutStarted", 1),
    ("CheckoutStepViewed", 1),
    ("CheckoutStepCompleted", 1),
    ("PaymentInfoEntered", 1),
    ("OrderCompleted", 1),
    ("OrderUpdated", 1),
    ("OrderCancelled", 1),
    ("OrderRefunded", 1),
    ("OrderPaid", 1),
    ("OrderShipped", 1),
    ("OrderDelivered", 1),
    ("OrderReturned", 1),
    ("CouponEntered", 1),
    ("CouponApplied", 1),
    ("CouponDenied", 1),
    ("CouponRemoved", 1),
    ("ProductAddedToWishlist", 1),
    ("ProductRemovedFromWishlist", 1),
    ("WishlistProductAddedToCart", 1),
    ("ProductShared", 1),
    ("CartShared", 1),
    ("ProductReviewed", 1),
    ("NewsletterSubscribed", 1),
    ("NewsletterUnsubscribed", 1),
    ("ProductSubscriptionCreated", 1),
    ("ProductSubscriptionCancelled", 1),
    ("EmailDelivered", 1),
    ("EmailOpened", 1),
    ("EmailLinkClicked", 1),
    ("EmailBounced", 1),
    ("EmailMarkedAsSpam", 1),
    ("EmailUnsubscribed", 1),
    ("LoyaltyPointsEarned", 1),
    ("LoyaltyPointsRedeemed", 1),
    ("LoyaltyPointsAdjusted", 1),
    ("TicketOpened", 1),
    ("TicketReplied", 1),
    ("TicketResolved", 1),
    ("TicketReopened", 1),
    ("CallLogged", 1),
    ("VisitLogged", 1),
    ("MessageLogged", 1),
    ("LeadCaptured", 1),
    ("LeadQualified", 1),
    ("LeadLost", 1),
    ("FeedbackGiven", 1),
    ("CampaignSent", 1),
    ("CampaignCostRecorded", 1),
    ("ConsentGiven", 1),
    ("ConsentWithdrawn", 1),
    ("ProductUpdated", 1),
    ("ProductDeleted", 1),
    ("StockLevelChanged", 1),
    ("EventRetracted", 1),
    ("CustomersMerged", 1),
    ("CustomersSplit", 1),
    ("RulesChanged", 1),
    ("CustomEventTracked", 1),
]

FIXTURES = sorted(Path(__file__).parent.glob("stored_events_v*.json"))


def stored_events() -> list[dict[str, Any]]:
    return [event for path in FIXTURES for event in json.loads(path.read_text("utf-8"), parse_float=Decimal)]


@pytest.mark.parametrize(("fact", "version"), STORED_NAMES)
def test_a_name_that_was_ever_stored_is_still_known(fact: str, version: int) -> None:
    assert fact in FACT_NAMES
    assert FACT_NAMES[fact].version >= version


def test_every_name_and_version_is_on_the_list() -> None:
    missing = {(known.fact, known.version) for known in FACT_NAMES.values()} - set(STORED_NAMES)
    assert missing == set(), "new stored names: add them to STORED_NAMES, and a stored event of each to a fixture"


def test_every_stored_version_has_a_stored_event() -> None:
    assert {(event["fact"], event["version"]) for event in stored_events()} == set(STORED_NAMES)


def test_every_version_before_todays_has_its_step() -> None:
    steps = {(step.fact, step.version) for step in UPCASTERS}
    assert steps == {(known.fact, old) for known in FACT_NAMES.values() for old in range(1, known.version)}


@pytest.mark.parametrize("stored", stored_events(), ids=lambda stored: f"{stored['fact']}-{stored['version']}")
def test_a_stored_event_of_any_version_still_reads(stored: dict[str, Any]) -> None:
    message = upcast(stored["fact"], stored["version"], stored["message"])
    known = resolve(message["type"], message.get("event"))
    assert known.fact == stored["fact"]
    known.check(message.get("properties", {}))


def renamed(old: str, new: str) -> Any:
    def change(message: Message) -> Message:
        return {new if key == old else key: value for key, value in message.items()}

    return change


REGISTRY = (
    Upcaster("TeaBrewed", 1, renamed("leaf", "leaves")),
    Upcaster("TeaBrewed", 2, renamed("leaves", "kind")),
    Upcaster("TeaPoured", 1, renamed("cup", "vessel")),
)


@pytest.mark.parametrize(
    ("fact", "version", "message", "today"),
    [
        ("TeaBrewed", 1, {"leaf": "Assam"}, {"kind": "Assam"}),
        ("TeaBrewed", 2, {"leaves": "Assam"}, {"kind": "Assam"}),
        ("TeaBrewed", 3, {"kind": "Assam"}, {"kind": "Assam"}),
        ("TeaPoured", 1, {"cup": 1, "leaf": "x"}, {"vessel": 1, "leaf": "x"}),
        ("TeaSpilt", 1, {"cup": 1}, {"cup": 1}),
    ],
)
def test_an_old_message_is_raised_one_version_after_the_other(
    fact: str, version: int, message: Message, today: Message
) -> None:
    before = dict(message)
    assert upcast(fact, version, message, REGISTRY) == today
    assert message == before
