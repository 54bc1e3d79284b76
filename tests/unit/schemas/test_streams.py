from __future__ import annotations

import tracemalloc

from schemas.streams import LONGEST_REMEMBERED, STREAM_ID_LENGTH, StreamKind, StreamRef, stream_id

SECRET = bytes(32)


def test_an_id_has_its_length_whatever_is_hashed() -> None:
    for length in (0, 1, LONGEST_REMEMBERED, LONGEST_REMEMBERED + 1, 30_000):
        refs = [StreamRef(kind, "x" * length) for kind in StreamKind]
        ids = [stream_id(SECRET, "shop", ref) for ref in refs]
        assert {len(one) for one in ids} == {STREAM_ID_LENGTH}
        assert len(set(ids)) == len(refs)
        assert [stream_id(SECRET, "shop", ref) for ref in refs] == ids


def test_a_flood_of_long_ids_is_not_remembered() -> None:
    tracemalloc.start()
    try:
        for number in range(500):
            stream_id(SECRET, "shop", StreamRef(StreamKind.ANONYMOUS, f"{number:030000}"))
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert left < 1_000_000
