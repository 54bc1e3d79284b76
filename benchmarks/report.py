"""The table, on the terminal and in docs/performance.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.harness import ROOT, Result

PAGE = ROOT / "docs" / "performance.md"
BEGIN = "<!-- figures, {part}: written by `python -m benchmarks --write` -->"
END = "<!-- end of {part} -->"
HEAD = ("what", "floor", "ours", "ratio", "at least", "held?", "note")


def table(results: Sequence[Result]) -> str:
    """Return the results as a table in Markdown, columns aligned."""
    rows = [HEAD, *((r.what, r.floor, r.ours, r.ratio, r.demand, r.verdict, r.note) for r in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def write(results: Sequence[Result], part: str, page: Path = PAGE) -> None:
    """Put the figures into the page, between the two marks of the part."""
    begin, end = BEGIN.format(part=part), END.format(part=part)
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    about = "\n".join(f"| {name} | {value} |" for name, value in machine.facts())
    figures = f"{table(results)}\n\n| of this run | |\n|---|---|\n{about}"
    page.write_text(f"{before}{begin}\n\n{figures}\n\n{end}{after}", encoding="utf-8")
