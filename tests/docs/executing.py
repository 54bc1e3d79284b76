"""Runs what a page says: its blocks marked `run`, in their order, in one shell, against a fresh product.

A `json` or `text` block that follows such a block is the answer that the page promises: it must be what the block
printed, apart from what differs from one installation to the next (ids, keys, times).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.product.running import RunningProduct

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "http://127.0.0.1:8080"
"""Where the pages say that the product is."""
SECONDS = 120

_FENCE = re.compile(r"^```(\w+)( run)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END = "=== end of block {} ==="
_DIFFERING = (
    (re.compile(r"\b[uaeps]?[0-9a-f]{32,33}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\b(wk|sk|qt|at)_[0-9a-f]{40}\b"), r"\1_KEY"),
    (re.compile(r"\b20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"), "TIME"),
    (re.compile(r'"next_cursor": "[\w-]+"'), '"next_cursor": "CURSOR"'),
    (re.compile(r'"lag_seconds": [\d.]+'), '"lag_seconds": 0.0'),
)


class Block(NamedTuple):
    """A block that is run, and the answer that the page shows (empty where it shows none)."""

    language: str
    text: str
    answer: str


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page that are run."""
    text = page.read_text(encoding="utf-8")
    found = list(_FENCE.finditer(text))
    return [
        Block(fence[1], fence[3], _answer(text, fence.end(), found[number + 1 : number + 2]))
        for number, fence in enumerate(found)
        if fence[2]
    ]


def _answer(text: str, end: int, following: list[re.Match[str]]) -> str:
    """Return the block after one that is run, where only a blank line stands between the two."""
    answers = [f[3] for f in following if not f[2] and f[1] in ("json", "text") and not text[end : f.start()].strip()]
    return answers[0] if answers else ""


def run(page: Path, product: RunningProduct) -> list[str]:
    """Run a page's blocks, and return what each printed."""
    script = "set -euo pipefail\n" + "".join(_command(number, each) for number, each in enumerate(blocks(page)))
    done = subprocess.run(
        ["bash", "-c", script.replace(ADDRESS, product.url)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
        cwd=ROOT,
        env={**os.environ, "FOOTFALL_DATA": str(product.data)},
    )
    assert done.returncode == 0, f"{page.name}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return list(_outputs(done.stdout.replace(product.url, ADDRESS), len(blocks(page))))


def _command(number: int, block: Block) -> str:
    text = block.text if block.language == "sh" else f".venv/bin/python - <<'PYTHON'\n{block.text}PYTHON\n"
    return f"{text}echo; echo '{_END.format(number)}'\n"


def _outputs(text: str, count: int) -> Iterator[str]:
    for number in range(count):
        output, _, text = text.partition(_END.format(number))
        yield output.strip()


def comparable(text: str) -> Any:
    """Return an answer without what differs from one installation to the next; JSON whatever its white space."""
    try:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    for pattern, instead in _DIFFERING:
        text = pattern.sub(instead, text)
    return text
