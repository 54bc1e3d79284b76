"""Files of Segment messages, one JSON a line, plain or gzip: their lines and their digest.

What a line says does not belong here.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

from schemas.errors import FootfallError


class DamagedFile(FootfallError):
    """A gzip file that ends too early or is no gzip file all the way."""


def lines_of(file: Path) -> Iterator[tuple[int, bytes]]:
    """Return number (from 1) and text of every line that is not empty; gzip is known by its first bytes."""
    with file.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    with gzip.open(file, "rb") if zipped else file.open("rb") as text:
        number = 0
        try:
            for number, line in enumerate(text, 1):
                if line.strip():
                    yield number, line.strip()
        except (EOFError, zlib.error, gzip.BadGzipFile) as damage:
            raise DamagedFile(f"{file} is damaged after line {number}; what came before is imported") from damage


def digest_of(file: Path) -> str:
    """Return what tells a file from any other, whatever its name."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()[:32]
