"""Two ways to fill a product's disk: a small file system, or, where nothing can be mounted, a limit on files."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psutil

from tests.product.running import RunningProduct

MEGABYTES = 40
NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


class Disk(Protocol):
    """A disk that can be filled under a running product."""

    def fill(self, product: RunningProduct) -> None:
        """Leave no room."""

    def free(self, product: RunningProduct) -> None:
        """Give the room back."""


class SmallFileSystem:
    """A file system in memory, filled by a file."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self, product: RunningProduct) -> None:
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (1 << 20, 1 << 12, 1):
                self._write_until_full(ballast.write, bytes(size))

    def free(self, product: RunningProduct) -> None:
        self._ballast.unlink()

    @staticmethod
    def _write_until_full(write: object, block: bytes) -> None:
        assert callable(write)
        try:
            while write(block):
                pass
        except OSError:
            return


class FileSizeLimit:
    """No process of the product may make any file longer: as good as a full disk, and needs no right to mount."""

    def fill(self, product: RunningProduct) -> None:
        self._limit(product, (0, resource.RLIM_INFINITY))

    def free(self, product: RunningProduct) -> None:
        self._limit(product, NO_LIMIT)

    @staticmethod
    def _limit(product: RunningProduct, limits: tuple[int, int]) -> None:
        for process in [psutil.Process(product.pid), *product.processes()]:
            process.rlimit(resource.RLIMIT_FSIZE, limits)


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Make a folder with a disk that can be filled."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        yield FileSizeLimit()
        return
    try:
        yield SmallFileSystem(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
