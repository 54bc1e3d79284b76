"""Progress is for somebody who looks: into a pipe or a file goes nothing."""

from __future__ import annotations

import pytest

from footfall.progress import progress_bar


def test_without_a_terminal_progress_is_silent(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    with progress_bar() as told:
        told("events", 0, 0)
        told("events", 1, 2)
        told("profiles", 2, 2)
    out, err = capfd.readouterr()
    assert (out, err.strip()) == ("", "")


def test_a_fault_while_progress_is_shown_is_the_fault_that_is_seen() -> None:
    def work() -> None:
        with progress_bar() as told:
            told("events", 1, 2)
            raise KeyError("the work")

    with pytest.raises(KeyError, match="the work"):
        work()
