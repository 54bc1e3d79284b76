"""Where PostgreSQL's files are: it refuses to run as root, and its user must reach them."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

IN_REACH = Path("/var/lib")


def postgres_folder(folder: Path) -> Path:
    """Return the place for a cluster's folder: inside it, or, as root, outside it, where a link in it leads."""
    inside = folder / "postgres"
    if os.geteuid() == 0 and not inside.is_symlink():
        inside.symlink_to(tempfile.mkdtemp(prefix="footfall-postgres-", dir=IN_REACH))
    return inside.resolve()


def remove(folder: Path) -> None:
    """Remove a cluster's folder, and what it has outside."""
    inside = folder / "postgres"
    if inside.is_symlink():
        shutil.rmtree(inside.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
