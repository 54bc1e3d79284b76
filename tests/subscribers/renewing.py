"""`make published`: writes the documents for subscribers to docs/, and freezes what is new in them.

A change that would break a subscriber is said, and nothing is written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from schemas.published import PUBLISHED, text
from tests.subscribers.baseline import FILE, differences, frozen, promised_now, written

DOCS = Path(__file__).resolve().parents[2] / "docs"


def kept() -> dict[str, Path]:
    """Return the files that are there, by address."""
    files = [DOCS / "asyncapi.json", *sorted((DOCS / "schemas").glob("*/*"))]
    return {f"/{path.relative_to(DOCS).as_posix()}": path for path in files if path.exists()}


def main() -> int:
    promises = promised_now()
    broken = list(differences(frozen(), promises)) if FILE.exists() else []
    if broken:
        print("this would break subscribers; nothing is written:", *broken, sep="\n  ", file=sys.stderr)
        return 1
    for address in PUBLISHED:
        path = DOCS / address.removeprefix("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(address), encoding="utf-8")
    FILE.write_text(written(promises), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
