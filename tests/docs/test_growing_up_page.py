"""docs/growing-up.md quotes what the commands say, word for word."""

from __future__ import annotations

import re

import pytest

from footfall.growing_up.moving import BATCH
from tests.docs.executing import ROOT

PAGE = (ROOT / "docs/growing-up.md").read_text(encoding="utf-8")
SAID = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)


def source() -> str:
    """All that the package says, texts that are written over several lines as one."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "footfall/growing_up").glob("*.py"))
    return re.sub(r'"\n\s*f?"', "", text)


def test_the_page_has_refusals() -> None:
    assert len(SAID) > 4


@pytest.mark.parametrize("quoted", [*SAID, "nothing is left to do"])
def test_what_is_quoted_is_said(quoted: str) -> None:
    words = [re.escape(part) for part in quoted.split(" ... ")]
    assert re.search(r" \{[^}]+\} ".join(words), source()), quoted


def test_the_size_of_a_batch_is_the_one_of_the_code() -> None:
    assert f"in batches of {BATCH:,}" in " ".join(PAGE.split())
