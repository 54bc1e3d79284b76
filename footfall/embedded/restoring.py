"""A restore of a backup into an empty data folder: files, then the erasures made since, then the answers, built anew.

A mark in the folder says that this is under way; nothing else starts on such a folder, and a restore that finds the
mark begins anew. Keys are destroyed before anything is opened with them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from footfall.backing_up.erasures_file import FILE_NAME as ERASURES
from footfall.backing_up.erasures_file import Known, merged, read_known
from footfall.backing_up.errors import BackupFailed, BackupRefused
from footfall.backing_up.manifest import FILE_NAME as MANIFEST
from footfall.backing_up.manifest import Manifest, Told, check, read, synced
from footfall.backing_up.sqlite_remembered import SqliteRemembered
from footfall.data_folder import SHARD, DataFolder
from footfall.embedded.backing_up import MODE
from footfall.embedded.erased_copies import carry_out, now
from footfall.embedded.read_side import ReadSide
from footfall.embedded.sqlite_copies import faults
from footfall.embedded.warehouse_access import clickhouse
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.file_lock import FileLock, LockHeld
from footfall.settings import FILE_NAME as SETTINGS
from footfall.settings import Settings
from projections.ports import TrackingPosition
from projections.refresh import READ_MODELS

SQLITE = b"SQLite format 3\0"
FILE_SYSTEMS_OWN = "lost+found"
"""What a disk of its own has in its topmost folder."""


def restore(settings: Settings, source: Path, ledgers: Sequence[Path], told: Told) -> Mapping[str, str]:
    """Restore a backup, with the erasures of further ledgers; return the digests of the read models."""
    source = source.absolute()
    manifest = read(source)
    if manifest.mode != MODE:
        raise BackupRefused(f"{source} is a backup of the {manifest.mode} mode: its settings are missing here")
    known = merged([read_known(source / manifest.files[ERASURES].file), *map(known_by, ledgers)])
    check(source, manifest.files, told)
    with _begun(DataFolder(settings.data)) as folder, faults():
        _copy(source, manifest, folder)
        _keep(known, str(source), folder)
        if known.erasures:
            carry_out(known.erasures, folder, folder.events, folder.secret(), settings)
        return _answers(folder, settings, told)


def known_by(path: Path) -> Known:
    """Return the erasures of an export, of a ledger, or of a backup."""
    if (path / MANIFEST).exists():
        return read_known(path / read(path).files[ERASURES].file)
    if path.is_dir():
        path = DataFolder(path).erasures
    if path.is_file() and path.read_bytes()[: len(SQLITE)] == SQLITE:
        with closing(SqliteLedger(path)) as ledger, closing(SqliteRemembered(path)) as remembered:
            return Known(ledger.everything(), [one for one, _ in remembered.all()])
    return read_known(path)


@contextmanager
def _begun(folder: DataFolder) -> Iterator[DataFolder]:
    """Give the folder, which counts as half of one until this is left without a fault."""
    folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder.up_lock)
    ours = {SETTINGS, folder.up_lock.name, FILE_SYSTEMS_OWN}
    if not folder.restoring.exists() and (others := {path.name for path in folder.path.iterdir()} - ours):
        raise BackupRefused(f"{folder.path} is not empty: {', '.join(sorted(others)[:3])}; a restore replaces nothing")
    try:
        lock.acquire(0)
    except LockHeld as error:
        raise BackupRefused(f"{folder.path} is in use by process {error.holder or 'unknown'}") from error
    try:
        folder.restoring.touch(mode=0o600)
        synced(folder.path)
        _empty(folder, {*ours, folder.restoring.name})
        yield folder
        synced(folder.path)
        folder.restoring.unlink()
        synced(folder.path)
    except OSError as error:
        raise BackupFailed(f"{folder.path} is not restored: {error}; run the restore again") from error
    finally:
        lock.release()


def _empty(folder: DataFolder, but: set[str]) -> None:
    """Remove what a killed restore left: the mark says that all is ours."""
    for path in folder.path.iterdir():
        if path.name in but:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _copy(source: Path, manifest: Manifest, folder: DataFolder) -> None:
    for name, one in manifest.files.items():
        if name != ERASURES:
            shutil.copyfile(source / one.file, folder.path / name)
            (folder.path / name).chmod(0o600)
            synced(folder.path / name)


def _keep(known: Known, source: str, folder: DataFolder) -> None:
    with closing(SqliteLedger(folder.erasures)) as ledger, closing(SqliteRemembered(folder.erasures)) as remembered:
        for one in known.erasures:
            ledger.add(one)
            ledger.save(one)
        remembered.add([*known.backups, source], now())


def _answers(folder: DataFolder, settings: Settings, told: Told) -> Mapping[str, str]:
    """Build the answers up to the end of the log, which is what the tracking then says."""
    with clickhouse(folder, settings) as address:
        side = ReadSide(folder, address, settings)
        _, clock = side.recorder.state_of_log()
        side.tracking.advance(SHARD, TrackingPosition(side.log.last_id(), clock))
        work = side.rebuild()
        work.refill(side.projection(), told)
        work.rebuild(READ_MODELS, side.stores(), told)
        return {model.name: work.digest(model.name) for model in READ_MODELS}
