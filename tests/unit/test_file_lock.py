"""The lock of a folder: one holder, named; shared with a child on purpose only."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from footfall.file_lock import FileLock, LockHeld


def test_a_held_lock_names_its_holder(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    first.acquire(0)
    with pytest.raises(LockHeld) as caught:
        second.acquire(0)
    assert caught.value.holder == os.getpid()
    first.release()
    second.acquire(0)
    second.release()
    second.release()


def test_a_child_that_inherits_the_lock_keeps_it_until_it_ends(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.acquire(0)
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(lock.descriptor,))
    lock.name_holder(child.pid)
    lock.close()
    with pytest.raises(LockHeld) as caught:
        FileLock(tmp_path / "lock").acquire(0)
    assert caught.value.holder == child.pid
    child.communicate()
    again = FileLock(tmp_path / "lock")
    again.acquire(1)
    again.release()


def test_a_lock_that_cannot_be_named_is_not_held(tmp_path: Path) -> None:
    lock, limits = FileLock(tmp_path / "lock"), resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))  # as good as a full disk
    try:
        with pytest.raises(OSError, match="File too large"):
            lock.acquire(0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    again = FileLock(tmp_path / "lock")
    again.acquire(0)
    again.release()
