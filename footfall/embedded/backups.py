"""The backups of a data folder, for the commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from footfall.backing_up.erasures_file import Known
from footfall.backing_up.errors import BackupDamaged
from footfall.backing_up.manifest import Manifest, Told, installation_of, read
from footfall.backing_up.remembered import Remembered
from footfall.backing_up.sqlite_remembered import SqliteRemembered
from footfall.data_folder import DataFolder
from footfall.embedded.backing_up import back_up
from footfall.embedded.restoring import restore
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.settings import Settings


class FolderBackups:
    """`footfall.run_modes.Backups`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = DataFolder(settings.data)

    def back_up(self, to: Path, told: Told) -> Manifest:
        """See the port."""
        return back_up(self._settings, to, told)

    def restore(self, source: Path, ledgers: Sequence[Path], told: Told) -> Mapping[str, str]:
        """See the port."""
        return restore(self._settings, source, ledgers, told)

    def remembered(self) -> Sequence[Remembered]:
        """See the port."""
        with self._paths() as paths:
            return [Remembered(path, at, self._is_in_reach(Path(path))) for path, at in paths.all()]

    def forget(self, path: str) -> bool:
        """See the port."""
        with self._paths() as paths:
            return paths.forget(path)

    def known(self) -> Known:
        """See the port."""
        with self._paths() as paths, closing(SqliteLedger(self._folder.erasures)) as ledger:
            return Known(ledger.everything(), [path for path, _ in paths.all()])

    @contextmanager
    def _paths(self) -> Iterator[SqliteRemembered]:
        self._folder.make()
        with closing(SqliteRemembered(self._folder.erasures)) as paths:
            yield paths

    def _is_in_reach(self, path: Path) -> bool:
        try:
            return read(path).installation == installation_of(self._folder.secret())
        except (BackupDamaged, OSError):
            return False
