"""What the oracle is given: Segment messages as a shop sends them, each with the moments of its arrival.

Values only. What a message means belongs in `admission`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

Message = Mapping[str, Any]
KeyClass = Literal["write", "server"]
Choice = Literal["record", "anonymous", "required"]


class Stream(NamedTuple):
    """The log of one id: `user`, `anonymous`, `email`, `phone` or `store`."""

    kind: str
    id: str


class FactKey(NamedTuple):
    """What makes two deliveries copies of one fact."""

    stream: Stream
    key_class: KeyClass
    message_id: str


@dataclass(frozen=True)
class Delivery:
    """One message, once received. `recorded_order` alone decides which of several copies stands."""

    store: str
    key_class: KeyClass
    message: Message
    received_at: datetime
    recorded_at: datetime
    recorded_order: int
    sent_at: datetime | None = None
    imported: bool = False
    choice: Choice = "record"
    """What the store then did with events of those who did not consent."""


@dataclass(frozen=True)
class Erased:
    """A person that was erased: all that was recorded before, and what occurred up to then, whenever it comes."""

    streams: frozenset[Stream]
    until: datetime
    recorded_order: int
    """That of the first delivery that came after."""


@dataclass(frozen=True)
class Learned:
    """What only the product can know of a fact: the hash that breaks ties, and the moments of its own clock."""

    event_id: str
    received_at: datetime | None = None
    recorded_at: datetime | None = None
