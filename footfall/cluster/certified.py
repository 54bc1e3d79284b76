"""What a server of the cluster is given to speak TLS with. Who signs it is the caller's affair."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Certified(NamedTuple):
    """A certificate and its private key, both files in PEM."""

    certificate: Path
    key: Path
