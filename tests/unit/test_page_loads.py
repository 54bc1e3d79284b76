"""What the benchmark of the storefront reads off a browser's trace."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import libraries, loading
from benchmarks.harness import Bench, Skipped
from benchmarks.sizes import TINY

PAGE = "http://127.0.0.1:8000"


def event(name: str, at: int, lasts: int, thread: int = 1, url: str = f"{PAGE}/a.js") -> dict[str, Any]:
    """Return an event of the trace that the processor worked on for half of the time."""
    clocks = {"ts": at, "dur": lasts, "tts": at, "tdur": lasts // 2}
    return {"ph": "X", "name": name, "pid": 7, "tid": thread, "args": {"data": {"url": url}}, **clocks}


def test_nested_scripts_of_the_page_count_once_and_tasks_without_script_not_at_all() -> None:
    load = loading.read(
        [
            event("EvaluateScript", 0, 80_000, thread=2, url="chrome://omnibox"),
            event("RunTask", 0, 90_000),
            event("RunTask", 100_000, 6_000),
            event("EvaluateScript", 101_000, 4_000),
            event("FunctionCall", 102_000, 1_000),
            event("RunTask", 200_000, 3_000),
            event("FunctionCall", 200_000, 2_000),
            event("v8.compile", 300_000, 50_000, thread=3),
        ],
        PAGE,
    )
    assert (load.script, load.longest, load.worked) == (6.0, 6.0, 3.0)


@pytest.mark.parametrize("missing", ["chromium", "npm"])
def test_it_says_what_is_missing(missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if missing == "npm":
        monkeypatch.setattr(libraries, "PACKAGES", tmp_path)
        monkeypatch.setattr(libraries, "find_spec", lambda _: None)
    else:
        monkeypatch.setattr(loading, "install", lambda: None)
    with pytest.raises(Skipped, match=f"{missing} is missing"):
        loading.snippet(Bench(TINY))
