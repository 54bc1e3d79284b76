"""A lock on a file that ends with the process that holds it, however that ends, and says who holds it.

A child that inherits the descriptor holds the lock too: whoever closes it last lets it go.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import FootfallError


class LockHeld(FootfallError):
    """Somebody else holds the lock; `holder` is the process that it names, if any."""

    def __init__(self, path: Path, holder: int | None) -> None:
        super().__init__(f"{path} is held by process {holder or 'unknown'}")
        self.holder = holder


class FileLock:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        if self._descriptor is None:
            raise RuntimeError(f"{self.path} is not locked")
        return self._descriptor

    def acquire(self, timeout: float) -> None:
        """Take the lock, waiting for it; the file then names this process.

        Raises LockHeld, and OSError when the name cannot be written (a full disk); nothing is locked then.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(0.02)
                    continue
                holder = os.pread(descriptor, 32, 0).strip()
                os.close(descriptor)
                raise LockHeld(self.path, int(holder) if holder.isdigit() else None) from None
            self._descriptor = descriptor
            try:
                self.name_holder(os.getpid())
            except OSError:
                self.release()
                raise
            return

    def name_holder(self, pid: int) -> None:
        """Write down who holds the lock: for a message, and for ending what should not be."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, b"%d\n" % pid, 0)

    def close(self) -> None:
        """Close our descriptor; a child that inherited it keeps the lock. Can be repeated."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def release(self) -> None:
        """Let the lock go, for every process that shares the descriptor. Can be repeated."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self.close()


LOCK_TIMEOUT = 600.0


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a file."""
    lock = FileLock(path)
    lock.acquire(LOCK_TIMEOUT)
    try:
        yield
    finally:
        lock.release()
