"""Files as a zip archive, written while it is read: memory stays the same however large they are, no disk is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED

from zipstream import ZipStream

FEW = 64 * 1024
"""Bytes that are compressed and handed on together."""

File = tuple[str, Iterable[bytes]]
"""A name, and content that is made when it is its turn."""


def archive(files: Iterable[File]) -> Iterator[bytes]:
    """Return the bytes of an archive. One that breaks off has no directory, which every reader of archives says."""
    zipped = ZipStream(compress_type=ZIP_DEFLATED, compress_level=6)
    for name, content in files:
        zipped.add(_gathered(content), name)
    yield from zipped


def _gathered(content: Iterable[bytes]) -> Iterator[bytes]:
    parts: list[bytes] = []
    size = 0
    for part in content:
        parts.append(part)
        size += len(part)
        if size >= FEW:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join(parts)
