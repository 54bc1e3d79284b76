"""Contact: calls, visits and messages between the shop and a customer."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Text


class Contact(TypedDict, total=False):
    channel: Text
    direction: Text
    outcome: Text
    agent: Text
    campaign_id: Text


CALL_LOGGED = EventType(name="Call Logged", fact="CallLogged", properties=Contact, back_office=True)
VISIT_LOGGED = EventType(
    name="Visit Logged",
    fact="VisitLogged",
    properties=Contact,
    back_office=True,
)
MESSAGE_LOGGED = EventType(
    name="Message Logged",
    fact="MessageLogged",
    properties=Contact,
    back_office=True,
)
