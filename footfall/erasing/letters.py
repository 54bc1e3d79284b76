"""Dead letters as a place of copies: those that name a person go. Where they are kept is told. Both run modes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from footfall.dead_letters import Letters, oldest_first
from footfall.erasing.erasure import Erasure, Removed
from footfall.erasing.naming import Naming
from footfall.erasing.ports import NotYet
from ingest.kept_letters import KeptLetter, Wanted
from schemas.facts import Microseconds

TO_UNREADABLE = ""
"""The store of letters that nobody could read."""


class LettersPlace:
    """`footfall.erasing.ports.Place`."""

    name = "dead_letters"

    def __init__(
        self, letters: Letters, secret: bytes, now: Callable[[], Microseconds], clear: Callable[[], str] = lambda: ""
    ) -> None:
        """`clear` removes what deleted letters leave in their file, and says what may stay."""
        self._letters = letters
        self._secret = secret
        self._now = now
        self._clear = clear

    def remove(self, erasure: Erasure) -> Removed:
        """See the port."""
        found = 0
        naming = Naming(self._secret, erasure.store, frozenset(erasure.streams))
        for kept in naming_letters(self._letters, erasure.store, naming):
            if not self._letters.delete([kept]):
                raise NotYet("a letter came again while it was deleted")
            found += 1
        return Removed(found=found, done="letters that name one of the ids deleted", at=self._now(), note=self._clear())


def naming_letters(letters: Letters, store: str, naming: Naming) -> Iterator[KeptLetter]:
    """Return the letters of a store, and those that nobody could read, that name a person."""
    for one in (store, TO_UNREADABLE):
        for kept in oldest_first(letters, Wanted(one)):
            letter = kept.letter
            if any(naming.names(part) for part in (letter.raw, letter.envelope, letter.message.encode())):
                yield kept
