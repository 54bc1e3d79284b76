"""The benchmarks run: each kind of measurement gives a ratio. What it is, is for `make bench` to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import ROWS, measure
from benchmarks.harness import Result, alone
from benchmarks.sizes import TINY

pytestmark = [pytest.mark.product, pytest.mark.slow]


@pytest.mark.parametrize("name", ["aggregator", "append", "insert", "sustained"])
def test_a_row_gives_a_ratio(name: str) -> None:
    for result in alone(measure, (name,), TINY):
        assert not result.note.startswith("broken"), result.note
        float(result.ratio)  # a number; a tiny run on a busy machine may round it to 0.00


def test_a_row_that_breaks_is_told_and_counts_against_us(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: object) -> list[Result]:
        raise RuntimeError("no disk")

    monkeypatch.setitem(ROWS, "append", breaks)
    (result,) = measure(("append",), TINY)
    assert result.held is False
    assert "no disk" in result.note


def test_the_figures_go_between_the_marks_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    marks = [mark.format(part="embedded") for mark in (report.BEGIN, report.END)]
    page.write_text(f"before\n{marks[0]}\nold\n{marks[1]}\nafter\n", encoding="utf-8")
    for _ in range(2):
        report.write([Result("what", "1 /s", "2 /s", "2.00", "0.5", True)], "embedded", page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert text.count("| what | 1 /s  | 2 /s") == 1
    assert "eventsourcing" in text
