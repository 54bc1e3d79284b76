"""An archive is written while it is read, in memory that does not grow with it."""

from __future__ import annotations

import io
import random
import tracemalloc
import zipfile
from collections.abc import Iterator

import pytest

from query_api.exporting.zipstream_archive import archive

PIECE, PIECES = 1024, 20_000


def noise() -> Iterator[bytes]:
    source = random.Random(7)
    return (source.randbytes(PIECE) for _ in range(PIECES))


def test_a_large_file_takes_no_more_memory_than_a_small_one() -> None:
    tracemalloc.start()
    size = sum(len(part) for part in archive([("noise", noise())]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > PIECE * PIECES
    assert peak < size / 10


def test_content_is_made_when_it_is_its_turn() -> None:
    begun: list[str] = []

    def content(name: str) -> Iterator[bytes]:
        begun.append(name)
        yield name.encode()

    parts = archive([("a", content("a")), ("b", content("b"))])
    next(parts)
    assert begun != ["a", "b"]
    read = zipfile.ZipFile(io.BytesIO(b"".join(archive([("a", content("a")), ("b", content("b"))]))))
    assert [read.read(name) for name in read.namelist()] == [b"a", b"b"]


def test_an_archive_that_breaks_off_is_none() -> None:
    parts = list(archive([("a", [b"a"]), ("b", [b"b"])]))
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(parts[:-1])))
