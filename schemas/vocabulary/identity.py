"""Identity: two ids said to be one customer, and a link between two ids undone.

One side is the user whom the message names, the other is named by exactly one of the properties.
"""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Text, Texts

OTHER_SIDE = ("user_id", "anonymous_id", "email", "phone")


class TwoSides(TypedDict, total=False):
    user_id: Text
    anonymous_id: Text
    email: Text
    phone: Text
    reason: Texts
    by: Text


CUSTOMERS_MERGED = EventType(
    name="Customers Merged",
    fact="CustomersMerged",
    properties=TwoSides,
    needs_one_of=OTHER_SIDE,
    back_office=True,
    two_sided=True,
)
CUSTOMERS_SPLIT = EventType(
    name="Customers Split",
    fact="CustomersSplit",
    properties=TwoSides,
    needs_one_of=OTHER_SIDE,
    back_office=True,
    two_sided=True,
)
