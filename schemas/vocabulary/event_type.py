"""What an event type is: data about one kind of event, and the check of its properties.

The types themselves are declared in the files beside this one, a file a family, and listed in `__init__.py`. How a fact
is read does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.errors import InvalidEvent


@dataclass(frozen=True, kw_only=True)
class EventType:
    """One kind of event. `fact` and `version` are stored: frozen, see tests/unit/schemas/test_stored_names.py."""

    name: str
    """The wire's newer name, as answers show it."""
    fact: str
    """The stored name."""
    version: int = 1
    older_names: tuple[str, ...] = ()
    """Other names on the wire that mean the same."""
    properties: type[Any] | None = None
    """A TypedDict; None where nothing is checked."""
    needs_one_of: tuple[str, ...] = ()
    """Properties of which one must be there, where the event would silently do nothing without."""
    back_office: bool = False
    """Only a server key may send it, and it is no activity of the customer (contract.md, Keys)."""
    about_store: bool = False
    """About no person: it goes to the stream `store`."""
    names_others: bool = False
    """`properties.email` and `properties.phone` may be somebody else's: with an id beside them they claim nothing."""
    two_sided: bool = False
    """About a link: between the user that it names and the one id that its properties name."""

    def check(self, properties: dict[str, Any]) -> None:
        """Raise InvalidEvent at the first property that would spoil an answer; change nothing."""
        if self.properties is not None:
            try:
                self._validate(properties)
            except ValidationError as error:
                raise _refusal(error) from None
        if self.needs_one_of:
            self._check_needed(properties)

    @cached_property
    def _validate(self) -> Callable[[Any], Any]:
        """Compiled at the first use: compiling all types would slow down every start of a command."""
        return TypeAdapter(self.properties or dict[str, Any]).validator.validate_python

    def _check_needed(self, properties: dict[str, Any]) -> None:
        if all(properties.get(key) in (None, "") for key in self.needs_one_of):
            wanted = " or ".join(self.needs_one_of)
            raise InvalidEvent("invalid_property", f"properties.{self.needs_one_of[0]}", f"{wanted} must be given")


def _refusal(error: ValidationError) -> InvalidEvent:
    first = error.errors(include_url=False, include_input=False)[0]
    return InvalidEvent("invalid_property", _path(first["loc"]), _sentence(first["type"], first["msg"]))


def _path(location: tuple[int | str, ...]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "properties" + "".join(parts)


def _sentence(kind: str, message: str) -> str:
    """Say in the words of JSON what pydantic says in those of Python."""
    words = {"list_type": "must be a list of objects", "dict_type": "must be an object"}
    return words.get(kind, message)
