"""What the commands about erasures work with in either run mode, as a port, and how they wait."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

from footfall.erasing.desk import ErasureDesk
from footfall.erasing.erasure import DONE
from schemas.errors import FootfallError

WAIT_SECONDS = 600.0
POLL_SECONDS = 0.1


class StillWaiting(FootfallError):
    """An erasure that is not done yet; whoever runs the product carries it out."""


class ErasingDesk(Protocol):
    """An installation, for an operator who erases."""

    desk: ErasureDesk

    def store(self, name: str | None) -> str:
        """Return the name of a store, the first one's where none is given."""

    def customer(self, store: str, by: str, value: str) -> str | None:
        """Return the customer that an id finds, None where there is none."""

    def step(self) -> None:
        """Carry on with erasures where nobody else does."""


def wait(place: ErasingDesk, store: str, erasure_id: str, seconds: float = WAIT_SECONDS) -> Mapping[str, Any]:
    """Return the receipt once the erasure is done."""
    deadline = time.monotonic() + seconds
    while True:
        place.step()
        found = place.desk.receipt(store, erasure_id)
        if found is not None and found["state"] == DONE:
            return found
        if time.monotonic() > deadline:
            raise StillWaiting(f"erasure {erasure_id} is not done after {seconds:g} s; it goes on by itself")
        time.sleep(POLL_SECONDS)
