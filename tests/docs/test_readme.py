"""The README and the guides do what they say: their commands run, and answer what they promise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.executing import ROOT, blocks, comparable, run
from tests.product.running import RunningProduct

PAGES = (
    "README.md", "docs/getting-started.md", "docs/api.md", "docs/storefront.md", "docs/identity.md", "docs/erasure.md",
    "docs/export.md",
    "docs/backup.md",
    "docs/rules.md", "docs/time-travel.md",
)  # fmt: skip
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)(#[^)\s]*)?\)")
ALL_PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


@pytest.fixture
def product(tmp_path: Path) -> Iterator[RunningProduct]:
    running = RunningProduct(tmp_path / "data")
    running.start()
    yield running
    running.close()


@pytest.mark.product
@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_to_run_runs_and_answers_as_shown(page: str, product: RunningProduct) -> None:
    said = blocks(ROOT / page)
    printed = run(ROOT / page, product)
    assert any(block.answer for block in said)
    for block, output in zip(said, printed, strict=True):
        if block.answer:
            assert comparable(output) == comparable(block.answer), block.text


@pytest.mark.parametrize("page", ALL_PAGES)
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    missing = [target for target, _ in LINK.findall(text) if not ((ROOT / page).parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", ALL_PAGES)
def test_every_path_that_is_named_is_there(page: str) -> None:
    """Of `paths/in/code marks`: those that look like files of the repository."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(
        re.findall(
            r"`((?:footfall|ingest|query_api|aggregates|projections|schemas|tests|docs|benchmarks|examples)/[\w./-]*)`",
            text,
        )
    )
    missing = [
        name
        for name in named
        if not (ROOT / name).exists() and not list((ROOT / name).parent.glob(f"{Path(name).name}.*"))
    ]
    assert not missing
