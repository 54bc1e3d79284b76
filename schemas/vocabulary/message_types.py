"""The message types beside `track`: each is an event type of its own, named as on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Text


class View(TypedDict, total=False):
    """A page or a screen that was looked at."""

    name: Text
    category: Text
    path: Text
    referrer: Text
    search: Text
    title: Text
    url: Text


PAGE = EventType(name="page", fact="PageViewed", properties=View)
SCREEN = EventType(name="screen", fact="ScreenViewed", properties=View)
IDENTIFY = EventType(name="identify", fact="CustomerIdentified")
GROUP = EventType(name="group", fact="GroupJoined")
ALIAS = EventType(name="alias", fact="AliasClaimed")

FACTS = frozenset(known.fact for known in (PAGE, SCREEN, IDENTIFY, GROUP, ALIAS))
