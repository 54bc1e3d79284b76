"""Small but nasty traffic: few persons, few moments, few ids, so that everything collides with everything.

Only strategies: what a shop may send. What it means belongs in the oracle, when it is sent in the machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from hypothesis import strategies as st

from tests.oracle.deliveries import Choice, KeyClass

ANONYMOUS, USERS = ["a1", "a2", "a3", "a4"], ["u1", "u2", 3, "guest"]
EMAILS, PHONES = ["e1@shop.test", "e2@shop.test"], ["+49301", "+49302"]
NOBODY = [None, "", "null", "undefined", "00000000", "-"]
MESSAGE_IDS = [f"m{number}" for number in range(40)]
ORDER_IDS = ["o1", "o2", 3]

BASE = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
A_TICK = 1 / 60_000_000
MINUTES = [0, 0, 10, 30, 30, 60, 60 + A_TICK, 90, 95, 120, 150 + A_TICK, 24 * 60, 24 * 60 + 30]
MOMENTS = [BASE + timedelta(minutes=minute) for minute in MINUTES]
LONG_AGO = datetime(2020, 2, 29, 23, 59, tzinfo=UTC)
IN_1970 = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
IN_TEN_YEARS = BASE + timedelta(days=3650)

Message = dict[str, Any]


@dataclass(frozen=True)
class Letter:
    """A message with the key that it is sent by; `skew` is the error of the sender's clock, none says no `sentAt`."""

    key_class: KeyClass
    message: Message
    skew: timedelta | None = None


PRICES = st.sampled_from(["9.90", 10, 0.1, "0.2", "19.99", 5.0])
MAYBE_CURRENCY: st.SearchStrategy[Message] = st.sampled_from([{}, {}, {"currency": "USD"}, {"currency": "EUR"}])
PRODUCT_IDS = st.sampled_from(["p1", "p2", 3])
QUANTITIES = st.sampled_from([1, 2, 3, "2"])
URLS = st.sampled_from(["https://shop.test/", "https://shop.test/shoes"])
PRODUCTS = st.fixed_dictionaries({"product_id": PRODUCT_IDS}, optional={"quantity": QUANTITIES, "price": PRICES})


def track(event: str, properties: st.SearchStrategy[Message]) -> st.SearchStrategy[Message]:
    """Return messages of one event."""
    return properties.map(lambda said: {"type": "track", "event": event, "properties": said})


def _with_currency(properties: st.SearchStrategy[Message]) -> st.SearchStrategy[Message]:
    return st.builds(lambda said, currency: {**said, **currency}, properties, MAYBE_CURRENCY)


def _orders(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[Message]:
    amounts = {"total": PRICES, "revenue": PRICES, "products": st.lists(PRODUCTS, max_size=2)}
    return _with_currency(st.fixed_dictionaries({"order_id": st.sampled_from(ORDER_IDS)}, optional={**amounts, **more}))


LISTS: st.SearchStrategy[Message] = st.sampled_from([{}, {"list": "weekly"}, {"email": EMAILS[0]}])
PURPOSES = st.lists(st.sampled_from(["ads", "stats", "analytics"]), unique=True, min_size=1)
VIEWED = st.fixed_dictionaries(
    {"product_id": PRODUCT_IDS},
    optional={"category": st.sampled_from(["shoes", "hats", "bags", "ties"]), "brand": st.sampled_from(["x", "y"])},
)
ADDED = _with_currency(
    st.fixed_dictionaries({"product_id": PRODUCT_IDS}, optional={"quantity": QUANTITIES, "price": PRICES})
)
REMOVED = st.fixed_dictionaries({"product_id": PRODUCT_IDS}, optional={"quantity": QUANTITIES})
TRAITS = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from([*EMAILS, "E1@Shop.test", None]),
        "phone": st.sampled_from(PHONES),
        "first_name": st.sampled_from(["Ada", "Bob"]),
        "lastName": st.just("King"),
        "age": st.sampled_from([30, 31, None]),
    },
)

BROWSING: list[st.SearchStrategy[Message]] = [
    URLS.map(lambda url: {"type": "page", "properties": {"url": url}}),
    st.just({"type": "screen", "name": "Home", "properties": {}}),
    track("Product Viewed", VIEWED),
    track("Product Viewed", VIEWED),
    track("Product Added", ADDED),
    track("Product Removed", REMOVED),
    track("Wishlist Polished", st.just({"depth": {"of": ["custom", 1]}})),
    track("Newsletter Subscribed", LISTS),
    track("Newsletter Unsubscribed", LISTS),
    track("Consent Given", PURPOSES.map(lambda purposes: {"purposes": purposes})),
    track("Consent Withdrawn", PURPOSES.map(lambda purposes: {"purposes": purposes})),
]
BUYING: list[st.SearchStrategy[Message]] = [track("Order Completed", _orders()), track("Completed Order", _orders())]
KNOWING: list[st.SearchStrategy[Message]] = [
    TRAITS.map(lambda traits: {"type": "identify", "traits": traits}),
    st.sampled_from([*ANONYMOUS, "u1"]).map(lambda previous: {"type": "alias", "previousId": previous}),
    st.just({"type": "group", "groupId": "g", "traits": {"employees": 3}}),
]
BACK_OFFICE: list[st.SearchStrategy[Message]] = [
    track("Order Updated", _orders()),
    track("Order Cancelled", _orders()),
    track("Order Refunded", _orders()),
    track("Order Shipped", _orders()),
    track("Email Opened", st.just({"email_id": "x"})),
]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CONTEXTS: st.SearchStrategy[Message] = st.sampled_from(
    [
        {},
        {},
        {},
        {"userAgent": FIREFOX},
        {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"campaign": {"source": "google", "medium": "cpc", "name": "spring"}},
        {"campaign": {"source": "weekly", "medium": "email", "name": "march"}},
        {"page": {"url": "https://shop.test/landing"}},
        {"traits": {"age": 32, "email": EMAILS[1]}},
        {"consent": {"categoryPreferences": {"ads": True, "stats": False}}},
        {"consent": {"categoryPreferences": {"analytics": True}}},
        {"consent": {"categoryPreferences": {"analytics": True}, "gpc": True}},
        {"consent": {"categoryPreferences": {"analytics": False, "ads": True}}},
    ]
)
WHO: st.SearchStrategy[Message] = st.one_of(
    st.fixed_dictionaries({"anonymousId": st.sampled_from(ANONYMOUS)}),
    st.fixed_dictionaries({"anonymousId": st.sampled_from(ANONYMOUS)}),
    st.fixed_dictionaries({"userId": st.sampled_from(USERS)}),
    st.fixed_dictionaries({"anonymousId": st.sampled_from(ANONYMOUS), "userId": st.sampled_from([*USERS, *NOBODY])}),
    st.fixed_dictionaries(
        {"anonymousId": st.sampled_from(NOBODY), "userId": st.sampled_from([*USERS, *USERS, None, ""])}
    ),
)
WHEN = st.sampled_from([*MOMENTS, *MOMENTS, IN_TEN_YEARS, IN_TEN_YEARS, LONG_AGO, IN_1970])
SKEWS = st.sampled_from([None, None, None, timedelta(0), timedelta(hours=1), timedelta(hours=-2)])


def said_at(moment: datetime) -> str:
    """Return a moment as a sender writes it."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


@st.composite
def letters(draw: st.DrawFn) -> Letter:
    """Return any letter that a shop may send, by the right key or the wrong one."""
    key_class: KeyClass = draw(st.sampled_from(["write", "write", "server"]))
    by_right_key = draw(st.integers(0, 9)) < 9
    kinds = [*BROWSING, *BUYING, *KNOWING] if (key_class == "write") == by_right_key else [*BUYING, *BACK_OFFICE]
    message: Message = {**draw(st.one_of(kinds)), **draw(WHO)}
    if key_class == "server" and draw(st.integers(0, 3)) == 3:
        message |= {"userId": None, "anonymousId": None}
        address = draw(st.sampled_from([{"email": EMAILS[0]}, {"email": " E2@SHOP.TEST"}, {"phone": "+49 (30) 1"}]))
        place = {"identify": "traits", "alias": "context", "group": "context"}.get(message["type"], "properties")
        said = {"traits": address} if place == "context" else address
        message[place] = {**message.get(place, {}), **said}
    when = draw(WHEN)
    context, skew = {**draw(CONTEXTS), **message.get("context", {})}, draw(SKEWS)
    message |= {"messageId": draw(st.sampled_from(MESSAGE_IDS)), "timestamp": said_at(when), "context": context}
    return Letter(key_class, message, skew if when in MOMENTS else None)


def consenting(letter: Letter, choice: Choice, *, asks: bool) -> Letter:
    """Return a letter as it is sent to a store that asks for consent, or does not, and so is told nothing of analytics.

    Where it asks: most of those that say nothing of consent say yes where the store chose to need it, and so do all
    that link ids: a link by what is withheld would be decided, at equal times, by ids that no answer shows. For the
    same reason no two letters that differ in what they say of analytics, or in who says it, are of one moment.
    """
    message = letter.message
    if not asks:
        return replace(letter, message=_without_analytics(message))
    wanted = _links(message) or (choice != "record" and crc32(message["messageId"].encode()) % 4)
    if "consent" not in message["context"] and wanted and message.get("event") not in SAID_BY_EVENT:
        yes = {"consent": {"categoryPreferences": {"analytics": True}}}
        message = {**message, "context": {**message["context"], **yes}}
    return (
        Letter(letter.key_class, _at_its_own_moment(message)) if _speaks(message) else replace(letter, message=message)
    )


def _links(message: Message) -> bool:
    named = "traits" in message["context"] or "email" in message.get("properties", {})
    others = message.get("anonymousId") is not None or message["type"] in ("identify", "alias", "group")
    return message.get("userId") is not None and (others or named)


SAID_BY_EVENT = ("Consent Given", "Consent Withdrawn")


def _without_analytics(message: Message) -> Message:
    said = message["context"].get("consent", {}).get("categoryPreferences", {})
    context = message["context"]
    if "analytics" in said:
        context = {**context, "consent": {"categoryPreferences": {k: v for k, v in said.items() if k != "analytics"}}}
    properties = message.get("properties", {})
    if "analytics" in properties.get("purposes", ()):
        left = [one for one in properties["purposes"] if one != "analytics"]
        return {**message, "context": context, "properties": {**properties, "purposes": left or ["ads"]}}
    return {**message, "context": context}


def _speaks(message: Message) -> bool:
    said = message["context"].get("consent", {}).get("categoryPreferences", {})
    return "analytics" in said or "analytics" in message.get("properties", {}).get("purposes", ())


def _at_its_own_moment(message: Message) -> Message:
    """Some microseconds before one of the moments: what is silent there follows it."""
    when = datetime.fromisoformat(message["timestamp"])
    when = min(when, MOMENTS[-1])
    moment = next((one for one in [*MOMENTS, LONG_AGO, IN_1970] if timedelta(0) <= one - when < A_TENTH), when)
    what = [
        message.get(key) for key in ("type", "event", "userId", "anonymousId", "messageId", "context", "properties")
    ]
    return {**message, "timestamp": said_at(moment - timedelta(microseconds=2 + crc32(repr(what).encode()) % 90_000))}


A_TENTH = timedelta(milliseconds=100)


@st.composite
def claims(draw: st.DrawFn) -> Letter:
    """Return a login: a user's claim of an anonymous id, often dated before what is already there."""
    ids = {"userId": draw(st.sampled_from(USERS)), "anonymousId": draw(st.sampled_from(ANONYMOUS))}
    when = {"messageId": draw(st.sampled_from(MESSAGE_IDS)), "timestamp": said_at(draw(st.sampled_from(MOMENTS)))}
    return Letter("write", {"type": "identify", "traits": draw(TRAITS), "context": {}, **ids, **when})


RULES: st.SearchStrategy[Message] = st.sampled_from(
    [
        *({"session_timeout_seconds": seconds} for seconds in (60, 1800, 1801, 3600, 86_400, None)),
        {"most_anonymous_ids": 1},
        {"most_users_of_an_address": 1},
        {"most_anonymous_ids": None, "most_users_of_an_address": None, "blocked_ids": None},
        {"blocked_ids": ["u1", "a2"]},
        {"channels": [{"channel": "Brand", "sources": ["Google"], "campaigns": ["SPRING"]}]},
        {
            "channels": [
                {"channel": "Letters", "mediums": ["email", "post"]},
                {"channel": "Rest", "sources": ["weekly"]},
            ]
        },
        {"channels": None},
        *({"bot_activities_in_minute": rate} for rate in (0, 100, 239, 240, None)),
    ]
)


@st.composite
def rule_changes(draw: st.DrawFn) -> Letter:
    """Return a change of the store's rules, whose reason tells it from all others."""
    rules = draw(RULES)
    when, message_id = said_at(draw(st.sampled_from(MOMENTS))), draw(st.sampled_from(MESSAGE_IDS))
    key_class: KeyClass = "server" if draw(st.integers(0, 9)) else "write"
    said = {"rules": rules, "reason": f"{message_id} {rules} {when}"}
    message = {"type": "track", "event": "Rules Changed", "properties": said, "context": {}}
    return Letter(key_class, {**message, "messageId": message_id, "timestamp": when})


@st.composite
def bursts(draw: st.DrawFn) -> list[list[Letter]]:
    """Return a minute of a visitor faster than a person, in three parts, any two of which a person could do."""
    visitor, when = draw(st.sampled_from(ANONYMOUS[:2])), draw(st.sampled_from(MOMENTS)).replace(microsecond=0)
    context = {"userAgent": draw(st.sampled_from([FIREFOX, FIREFOX, FIREFOX, ""]))}
    key_class: KeyClass = draw(st.sampled_from(["write", "write", "write", "server"]))
    said = {"type": "track", "event": "Wishlist Polished", "properties": {}, "context": context, "anonymousId": visitor}
    return [
        [
            Letter(key_class, {**said, "messageId": f"burst-{part}-{number}", "timestamp": said_at(at)})
            for number in range(80)
        ]
        for part in draw(st.permutations(range(3)))
        for at in [when + timedelta(seconds=20 * part)]
    ]


@st.composite
def back_dated(draw: st.DrawFn) -> Letter:
    """Return a letter from long ago, which only the server key may send."""
    letter = draw(letters())
    when = said_at(draw(st.sampled_from([LONG_AGO, IN_1970])))
    return Letter(letter.key_class, {**letter.message, "timestamp": when})


MOST_ACTS = 30
OTHER_SIDES: st.SearchStrategy[Message] = st.one_of(
    st.sampled_from(USERS).map(lambda one: {"user_id": one}),
    st.sampled_from(USERS).map(lambda one: {"user_id": one}),
    st.sampled_from(ANONYMOUS).map(lambda one: {"anonymous_id": one}),
    st.sampled_from([{"email": EMAILS[0]}, {"phone": PHONES[0]}, {"email": EMAILS[0], "user_id": "u1"}]),
)


@st.composite
def acts(draw: st.DrawFn) -> Letter:
    """Return a merge or a split. No two of different content are of one moment: their ids, which would decide between
    them, are in no answer from which they could be learned."""
    event = draw(st.sampled_from(["Customers Merged", "Customers Merged", "Customers Split"]))
    key_class: KeyClass = draw(st.sampled_from(["server", "server", "server", "write"]))
    number, user = draw(st.integers(0, MOST_ACTS - 1)), draw(st.sampled_from(USERS))
    return Letter(key_class, _act(event, user, draw(OTHER_SIDES), number, draw(st.sampled_from(MOMENTS))))


def splits(merge: Letter, number: int, when: datetime) -> Letter:
    """Return the letter that undoes a merge, if it happened before."""
    said = merge.message
    return Letter(
        "server", _act("Customers Split", said["userId"], said["properties"], MOST_ACTS + number % MOST_ACTS, when)
    )


def _act(event: str, user: Any, sides: Message, number: int, when: datetime) -> Message:
    moment = when + timedelta(milliseconds=1 + 10 * number + USERS.index(user))
    return {
        "type": "track",
        "event": event,
        "userId": user,
        "properties": {**sides, "reason": "the same person"},
        "context": {},
        "messageId": f"act{number}",
        "timestamp": said_at(moment),
    }


def retractions(target: Letter, message_id: str, named: Message, when: datetime) -> Letter:
    """Return the letter that takes another one back."""
    ids = {key: target.message.get(key) for key in ("userId", "anonymousId")}
    address: Message = {}
    places = [target.message["context"].get("traits"), target.message.get("traits"), target.message.get("properties")]
    for said in filter(None, places):
        address |= {key: said[key] for key in ("email", "phone") if key in said}
    return Letter(
        "server",
        {
            "type": "track",
            "event": "Event Retracted",
            "properties": {**address, **named, "reason": "a mistake"},
            "context": {},
            "messageId": message_id,
            "timestamp": said_at(when),
            **ids,
        },
    )


STEP_EVENTS = st.sampled_from(["Product Viewed", "Product Added", "Order Completed", "page", "Order Shipped"])
CONDITIONS: st.SearchStrategy[list[Message]] = st.sampled_from(
    [
        [],
        [],
        [],
        [{"field": "product_id", "op": "=", "value": "p1"}],
        [{"field": "price", "op": ">", "value": 9.9}],
        [{"field": "category", "op": "in", "value": ["shoes", "hats"]}],
        [{"field": "category", "op": "!=", "value": "shoes"}],
        [{"field": "quantity", "op": "exists", "value": True}],
        [{"field": "product_id", "op": "contains", "value": "p"}],
        [{"field": "context.campaign.source", "op": "=", "value": "google"}],
        [{"field": "customer.orders.count", "op": ">", "value": 0}],
        [{"field": "customer.sessions", "op": ">=", "value": 2}],
        [{"field": "customer.traits.age", "op": "!=", "value": 31}],
        [{"field": "customer.acquisition.channel", "op": "=", "value": "Email"}],
        [{"field": "customer.newsletters", "op": "contains", "value": "weekly"}],
    ]
)


@st.composite
def funnels(draw: st.DrawFn) -> Message:
    """Return the body of a funnel."""
    steps = draw(st.lists(st.builds(lambda event, where: {"event": event, "where": where}, STEP_EVENTS, CONDITIONS),
                          min_size=1, max_size=3))  # fmt: skip
    return {
        "steps": steps,
        "scope": draw(st.sampled_from(["customer", "session"])),
        "window": draw(st.sampled_from([None, "PT30M", "P1D"])),
        "order": draw(st.sampled_from(["ordered", "strict", "any"])),
        "same": draw(st.sampled_from([None, None, "product_id"])),
        "by": draw(st.sampled_from([None, None, "channel"])),
    }
