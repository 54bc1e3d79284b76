"""Erasures carried out in copies: in a folder that is being restored, and in the backups that were made of a folder.

In a copy the keys of who was erased are destroyed, and the letters that name them deleted. Its inbox needs nothing: a
backup's is empty, and the aggregate refuses what happened before. A backup's files are written anew beside the old
ones; the manifest, replaced as a whole, says which count, so a kill between any two lines harms nothing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from aggregates.sqlite_stream_keys import SqliteStreamKeys
from footfall.backing_up.erasures_file import FILE_NAME as ERASURES
from footfall.backing_up.erasures_file import Known, merged, read_known, write_known
from footfall.backing_up.errors import BackupRefused
from footfall.backing_up.manifest import Manifest, installation_of, read, sums, write
from footfall.data_folder import DataFolder
from footfall.embedded.dead_letters import open_dead_letters
from footfall.embedded.sqlite_copies import make_sole, versions
from footfall.erasing.erasure import Erasure
from footfall.erasing.letters import LettersPlace
from footfall.erasing.sqlite_leftovers import clear
from footfall.settings import Settings
from schemas.facts import Microseconds
from schemas.streams import StreamId

ASIDE = "erasing"


def now() -> Microseconds:
    """Return the moment it is."""
    return time.time_ns() // 1000


def carry_out(erasures: Sequence[Erasure], folder: DataFolder, events: Path, secret: bytes, settings: Settings) -> None:
    """Destroy keys and delete letters in a folder's files, by erasures whose keys are destroyed in the original.

    A stream goes on where this event store ends: what an erasure said of a longer log does not hold here.
    """
    erasures = [one for one in erasures if one.until is not None]
    ends = versions(events, {stream for one in erasures for stream in one.generations})
    with closing(SqliteStreamKeys(folder.stream_keys)) as keys:
        for one in erasures:
            keys.destroy(_generations(one, ends), one.until or 0)
    clear(folder.stream_keys)
    with closing(open_dead_letters(folder, settings)) as letters:
        place = LettersPlace(letters, secret, now)
        for one in erasures:
            place.remove(one)
    clear(folder.dead_letters)


def _generations(erasure: Erasure, ends: Mapping[str, int]) -> dict[StreamId, int]:
    return {stream: min(version, ends[stream] + 1) for stream, version in erasure.generations.items()}


def reach(backup: Path, erasures: Sequence[Erasure], secret: bytes, settings: Settings) -> None:
    """Carry out in a backup what was not yet; raises BackupDamaged or OSError where it cannot be reached.

    Nobody else works on the backup.
    """
    manifest = read(backup)
    if manifest.installation != installation_of(secret):
        raise BackupRefused(f"{backup} is a backup of another installation")
    _tidy(backup, manifest)
    known = read_known(backup / manifest.files[ERASURES].file)
    there = {one.id for one in known.erasures if one.until is not None}
    missing = [one for one in erasures if one.until is not None and one.id not in there]
    if missing:
        _rewrite(backup, manifest, merged([known, Known(erasures)]), missing, (secret, settings))


def _rewrite(
    backup: Path, manifest: Manifest, known: Known, missing: Sequence[Erasure], by: tuple[bytes, Settings]
) -> None:
    aside = DataFolder(backup / ASIDE).make()
    changed = (aside.stream_keys.name, aside.dead_letters.name, ERASURES)
    for name in changed:
        shutil.copyfile(backup / manifest.files[name].file, aside.path / name)
    carry_out(missing, aside, backup / manifest.files[aside.events.name].file, *by)
    make_sole(aside.stream_keys)
    make_sole(aside.dead_letters)
    write_known(aside.path / ERASURES, known)
    revision = manifest.revision + 1
    files = dict(manifest.files)
    for name in changed:
        renamed = backup / f"{Path(name).stem}-{revision}{Path(name).suffix}"
        (aside.path / name).replace(renamed)
        files |= {name: sums(backup, [renamed.name])[renamed.name]}
    replaced = replace(manifest, revision=revision, files=files)
    write(backup, replaced)
    _tidy(backup, replaced)


def _tidy(backup: Path, manifest: Manifest) -> None:
    """Delete what a kill, or the last erasure, left beside the files that count."""
    shutil.rmtree(backup / ASIDE, ignore_errors=True)
    count = {one.file for one in manifest.files.values()}
    for name in (DataFolder(backup).stream_keys.name, DataFolder(backup).dead_letters.name, ERASURES):
        for path in backup.glob(f"{Path(name).stem}*"):
            if path.name not in count:
                path.unlink()
