"""Service: tickets of customers who need help."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Text


class Ticket(TypedDict, total=False):
    ticket_id: Text
    category: Text
    channel: Text
    by: Text
    order_id: Text


TICKET_OPENED = EventType(
    name="Ticket Opened",
    fact="TicketOpened",
    properties=Ticket,
    back_office=True,
)
TICKET_REPLIED = EventType(
    name="Ticket Replied",
    fact="TicketReplied",
    properties=Ticket,
    back_office=True,
)
TICKET_RESOLVED = EventType(
    name="Ticket Resolved",
    fact="TicketResolved",
    properties=Ticket,
    back_office=True,
)
TICKET_REOPENED = EventType(
    name="Ticket Reopened",
    fact="TicketReopened",
    properties=Ticket,
    back_office=True,
)
