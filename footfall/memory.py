"""How a process of the product uses memory: one arena for all threads, and a seldom search for garbage."""

from __future__ import annotations

import ctypes
import gc
import sys

M_ARENA_MAX = -8
"""See mallopt(3)."""

ALLOCATIONS = 100_000
"""Net allocations between two searches (Python's default: 700): more than a batch makes, far less than memory holds."""


def share_one_arena() -> None:
    """Let all threads allocate from one place: each would keep what a batch once needed (glibc; else nothing)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def search_seldom() -> None:
    """Set what was loaded aside for good, and search for cycles seldom.

    Our values form no cycles, and the search costs a third of a batch's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 50, 100)
