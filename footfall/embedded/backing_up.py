"""A backup of a data folder, whether its product runs or not: what cannot be derived, as of one moment.

What must hold of the copy: whatever was answered with 200 before the backup began is in it, once; no fact lacks its
key; nothing is in it that is in no order with the rest. Copying takes long, a moment does not: for a moment nothing is
recorded (the lock that the aggregator holds for each batch), and a snapshot of each file is taken, in this order:

    dead letters   before the inbox: a letter that is replayed is deleted after its events are in the inbox. What the
                   aggregator could not record is a letter before its position advances, so before the lock was free
    event store    with the position in the inbox that it goes up to
    stream keys    a key is made before the first fact that it seals, and destroyed only while this lock is held
    inbox          rows go after their facts are recorded: all behind the position are there. Its last number is not
                   below the position, else events of after a restore would be taken for recorded
    stores, keys   a store is there before its events; `keys.json` is written inside transactions on `keys.db`

Then recording goes on, and the snapshots are copied. What waits in the inbox is recorded in the copy, by the copy's own
aggregator: a copy's inbox is empty, so an erasure can be carried out in it (`erased_copies`). ClickHouse and the
tracking are derived. The ledger of erasures goes along as lines, to be merged, not to replace another.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from aggregates.aggregator import BATCH_EVENTS
from footfall.backing_up.draft import being_made
from footfall.backing_up.erasures_file import FILE_NAME as ERASURES
from footfall.backing_up.erasures_file import Known, write_known
from footfall.backing_up.errors import BackupRefused
from footfall.backing_up.manifest import Manifest, Told, installation_of, sums, write
from footfall.backing_up.sqlite_remembered import SqliteRemembered
from footfall.circuit_breaker import TooMuchPoison
from footfall.data_folder import SHARD, DataFolder
from footfall.embedded.erased_copies import carry_out, now
from footfall.embedded.sqlite_copies import Snapshot, copy, faults, last_notification, make_sole, snapshot, unchanged
from footfall.embedded.write_side import WriteSide
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.erasing.sqlite_leftovers import clear
from footfall.file_lock import FileLock, LockHeld, held
from footfall.settings import Settings
from ingest.key_file import FILE_NAME as PLAIN_KEYS

MODE = "embedded"
KEYS, SECRET = "keys.db", "secret"


def back_up(settings: Settings, to: Path, told: Told) -> Manifest:
    """Make a backup; raises BackupRefused or BackupFailed."""
    folder = _source(settings.data)
    to = to.absolute()
    with _only_backup(folder), faults(), closing(SqliteRemembered(folder.erasures)) as remembered:
        with being_made(to) as draft, _remembered(remembered, to):
            began = _now()
            _copy(folder, DataFolder(draft), told)
            waiting = _record_waiting(DataFolder(draft), settings)
            _erase(folder, DataFolder(draft), settings, [path for path, _ in remembered.all()])
            manifest = _manifest(folder, DataFolder(draft), began, waiting)
            write(draft, manifest)
        return manifest


@contextmanager
def _remembered(remembered: SqliteRemembered, to: Path) -> Iterator[None]:
    """Remember it before its first byte: an erasure finds what a kill leaves. A fault leaves nothing."""
    remembered.add([str(to)], now())
    try:
        yield
    except BaseException:
        remembered.forget(str(to))
        raise


def _source(path: Path) -> DataFolder:
    folder = DataFolder(path)
    names = [SECRET, KEYS, folder.events.name, folder.stream_keys.name, folder.inbox.name, folder.dead_letters.name]
    if not all((path / name).exists() for name in names):
        raise BackupRefused(f"{path} is no data folder: `footfall up --data {path}` never ran there")
    return folder.make()


@contextmanager
def _only_backup(folder: DataFolder) -> Iterator[None]:
    lock = FileLock(folder.backup_lock)
    try:
        lock.acquire(10.0)
    except LockHeld as error:
        raise BackupRefused(f"another backup is being made, by process {error.holder or 'unknown'}") from error
    try:
        yield
    finally:
        lock.release()


def _copy(folder: DataFolder, to: DataFolder, told: Told) -> None:
    with ExitStack() as stack:
        for path, source in _snapshots(folder, to, stack).items():
            copy(source, to.path / path.name, lambda done, of, name=path.name: told(name, done, of))  # type: ignore[misc] # the default binds


def _snapshots(folder: DataFolder, to: DataFolder, stack: ExitStack) -> Mapping[Path, Snapshot]:
    """Take them, in the order that the head of this module gives reasons for."""
    with held(folder.recording_lock):
        paths = (folder.dead_letters, folder.events, folder.stream_keys, folder.inbox)
        found = {path: stack.enter_context(snapshot(path)) for path in paths}
    with unchanged(folder.path / KEYS):
        found[folder.path / KEYS] = stack.enter_context(snapshot(folder.path / KEYS))
        shutil.copyfile(folder.path / PLAIN_KEYS, to.path / PLAIN_KEYS)
    shutil.copyfile(folder.path / SECRET, to.path / SECRET)
    return found


def _record_waiting(copied: DataFolder, settings: Settings) -> int:
    """Record what waits in the copy's inbox; return how many events this version cannot record."""
    with closing(WriteSide(copied, settings)) as side:
        try:
            while side.aggregator.step():
                pass
        except TooMuchPoison:
            pass
        waiting = _count(side)
    clear(copied.inbox)
    copied.recording_lock.unlink(missing_ok=True)
    return waiting


def _count(side: WriteSide) -> int:
    count, position = 0, side.store.position()
    while rows := side.inbox.read(position, BATCH_EVENTS):
        count, position = count + sum(len(events) for _, events in rows), rows[-1][0]
    return count


def _erase(folder: DataFolder, copied: DataFolder, settings: Settings, backups: list[str]) -> None:
    """Carry out in the copy what was erased since the snapshots; what comes later waits for the end of this backup."""
    with closing(SqliteLedger(folder.erasures)) as ledger:
        erasures = ledger.everything()
    make_sole(copied.events)
    if erasures:
        carry_out(erasures, copied, copied.events, copied.secret(), settings)
    write_known(copied.path / ERASURES, Known(erasures, backups))


def _databases(copied: DataFolder) -> Sequence[Path]:
    return copied.events, copied.stream_keys, copied.dead_letters, copied.inbox, copied.path / KEYS


def _manifest(folder: DataFolder, copied: DataFolder, began: str, waiting: int) -> Manifest:
    databases = _databases(copied)
    for path in databases:
        make_sole(path)
    return Manifest(
        id=secrets.token_hex(16),
        mode=MODE,
        installation=installation_of(folder.secret()),
        began_at=began,
        made_at=_now(),
        positions={str(SHARD): last_notification(copied.events)},
        waiting=waiting,
        files=sums(copied.path, [*(path.name for path in databases), PLAIN_KEYS, SECRET, ERASURES]),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()
