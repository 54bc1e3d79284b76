"""How often Python looks for cycles: seldom. Our values form none, and the search costs a third of a batch's time."""

from __future__ import annotations

import gc

ALLOCATIONS = 100_000
"""Net allocations between two searches (Python's default: 700): more than a batch makes, far less than memory holds."""


def search_seldom() -> None:
    """Set what was loaded aside for good, and search for cycles seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 50, 100)
