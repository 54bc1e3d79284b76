"""Backups of a distributed installation: what to run instead, said by the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from footfall.backing_up.erasures_file import Known
from footfall.backing_up.errors import BackupRefused
from footfall.backing_up.manifest import Manifest, Told
from footfall.backing_up.remembered import Remembered
from footfall.settings import Settings

HOW = (
    "the distributed mode is backed up by PostgreSQL's own tools: pg_dump of the database `postgres`, "
    "then of `postgres_keys`; docs/backup.md has the steps"
)


class InstallationBackups:
    """`footfall.run_modes.Backups`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def back_up(self, to: Path, told: Told) -> Manifest:
        """See the port."""
        raise BackupRefused(HOW)

    def restore(self, source: Path, ledgers: Sequence[Path], told: Told) -> Mapping[str, str]:
        """See the port."""
        raise BackupRefused(HOW)

    def remembered(self) -> Sequence[Remembered]:
        """See the port."""
        raise BackupRefused(HOW)

    def forget(self, path: str) -> bool:
        """See the port."""
        raise BackupRefused(HOW)

    def known(self) -> Known:
        """See the port."""
        raise BackupRefused(HOW)
