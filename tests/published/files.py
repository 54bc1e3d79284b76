"""The published data as files, and stores of the shared product that hold it, by `footfall import`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.product.running import Json, Product, Shop

DATA = Path(__file__).parents[1] / "data"


def lines_of(name: str) -> list[Json]:
    with gzip.open(DATA / f"{name}.segment.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def imported(product: Product, file: Path, count: int) -> Shop:
    """Return a new store with a file of so many messages in it."""
    shop = product.new_store()
    said = product.command("import", str(file), "--store", shop.name)
    assert f"accepted {count}, duplicate 0, refused 0" in said
    shop.settle()
    return shop


def written(file: Path, messages: Sequence[Json]) -> Path:
    file.write_text("".join(json.dumps(message) + "\n" for message in messages), encoding="utf-8")
    return file


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
