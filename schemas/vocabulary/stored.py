"""Reading stored facts: the frozen names, and how a fact of an older version becomes one of today's.

When the meaning of a type's message changes, raise the type's `version`, append an `Upcaster` from the version before,
and add the new version to the fixtures of tests/unit/schemas. Stored bytes are never rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from schemas.vocabulary import CUSTOM_EVENT, EVENT_TYPES, EventType

Message = dict[str, Any]

FACT_NAMES: dict[str, EventType] = {known.fact: known for known in (*EVENT_TYPES, CUSTOM_EVENT)}
"""Every stored name, and what it is today."""


@dataclass(frozen=True)
class Upcaster:
    """Turns the message of one fact from `version` into that of the next version. `change` returns a new dict."""

    fact: str
    version: int
    change: Callable[[Message], Message]


UPCASTERS: tuple[Upcaster, ...] = ()
"""All steps ever taken, oldest first. None is ever removed."""


def upcast(fact: str, version: int, message: Message, upcasters: Iterable[Upcaster] = UPCASTERS) -> Message:
    """Return the message as today's version of its fact has it, one version after the other."""
    steps = {step.version: step for step in upcasters if step.fact == fact} if upcasters else {}
    while step := steps.get(version):
        message = step.change(message)
        version += 1
    return message
