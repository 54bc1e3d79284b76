"""Where a backup was made, as a value."""

from __future__ import annotations

from typing import NamedTuple

from schemas.facts import Microseconds


class Remembered(NamedTuple):
    """A backup that was made once."""

    path: str
    at: Microseconds
    in_reach: bool
    """It is there, and an erasure can be carried out in it."""
