"""A restore of a backup into an installation that is empty: its databases, and topics that nobody has read.

The keys come first, and what was erased since is destroyed; all in the transaction of the facts, by which an
installation counts as restored: a restore that was killed is begun anew. The answers are built by the relay and the
projectors, which begin with the first fact, and the erasures are finished by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from aggregates.shards import shard_of
from footfall.backing_up.erasures_file import FILE_NAME as ERASURES
from footfall.backing_up.erasures_file import Known, merged, read_known
from footfall.backing_up.errors import BackupRefused
from footfall.backing_up.manifest import FILE_NAME as MANIFEST
from footfall.backing_up.manifest import Manifest, Told, check, installation_of, read
from footfall.distributed.backing_up import FACTS, KEYS, MODE, place_of
from footfall.distributed.erasing import now
from footfall.distributed.postgres_copies import SUFFIX, copy_in, count, ends, filled, versions
from footfall.distributed.postgres_databases import Databases
from footfall.erasing.erasure import Erasure
from footfall.erasing.letters import LettersPlace
from schemas.streams import StreamId

MUST_BE_EMPTY = ("stores", "consumed", "relayed", "dead_letters")


def restore(databases: Databases, source: Path, ledgers: Sequence[Path], told: Told) -> int:
    """Restore a backup; return how many facts it has."""
    manifest = read(source)
    _check_ours(databases, source, manifest)
    known = merged([read_known(source / manifest.files[ERASURES].file), *map(known_by, ledgers)])
    check(source, manifest.files, told)
    with databases.making(), filled(databases.dsn) as facts:
        _check_empty(facts)
        with filled(databases.keys_dsn) as keys:
            _copy(keys, KEYS, source, manifest, told)
        _copy(facts, FACTS, source, manifest, told)
        _carry_out(databases, facts, merged([known, Known(databases.erasures.everything())]).erasures)
        databases.backups.add([*known.backups, place_of(source)], now())
    return sum(manifest.positions.values())


def known_by(path: Path) -> Known:
    """Return the erasures of an export, or of a backup."""
    return read_known(path / read(path).files[ERASURES].file if (path / MANIFEST).exists() else path)


def _check_ours(databases: Databases, source: Path, manifest: Manifest) -> None:
    if manifest.mode != MODE:
        raise BackupRefused(f"{source} is a backup of the {manifest.mode} mode: restore it there, then `migrate`")
    if manifest.installation != installation_of(databases.secret):
        raise BackupRefused("FOOTFALL_SECRET is not that of the backup: no id would be found any more")
    if len(manifest.positions) != databases.shards:
        raise BackupRefused(f"FOOTFALL_SHARDS must be {len(manifest.positions)}, as in the backup")


def _check_empty(connection: Any) -> None:
    found = [table for table in MUST_BE_EMPTY if count(connection, table)]
    if found or any(ends(connection).values()):
        raise BackupRefused(
            f"the installation is not empty ({', '.join(found) or 'facts'}); a restore replaces nothing"
        )


def _copy(connection: Any, database: str, source: Path, manifest: Manifest, told: Told) -> None:
    files = {
        name.removeprefix(f"{database}.").removesuffix(SUFFIX): source / one.file
        for name, one in manifest.files.items()
        if name.startswith(f"{database}.")
    }
    copy_in(connection, files, lambda done, of: told(f"restoring {database}", done, of))


def _carry_out(databases: Databases, facts: Any, erasures: Iterable[Erasure]) -> None:
    """Destroy the keys; a stream goes on where these facts end. The rest of each erasure is done by the projectors."""
    for one in erasures:
        if one.until is not None:
            ends_ = _versions(databases, facts, one.generations)
            generations = {stream: min(to, ends_.get(stream, 0) + 1) for stream, to in one.generations.items()}
            databases.stream_keys.destroy(generations, one.until)
        here = one if one.until is None else _again(one)
        if databases.erasures.get(one.id) is None:
            databases.erasures.add(here)
        databases.erasures.save(here)


def _again(erasure: Erasure) -> Erasure:
    """Return it with the letters, which the restore brings back, still to be gone through."""
    removed = {name: one for name, one in erasure.removed.items() if name != LettersPlace.name}
    return replace(erasure, removed=removed, finished_at=None)


def _versions(databases: Databases, facts: Any, streams: Iterable[StreamId]) -> dict[str, int]:
    found: dict[str, int] = {}
    for shard in range(databases.shards):
        mine = [stream for stream in streams if shard_of(stream, databases.shards) == shard]
        found |= versions(facts, f"shard_{shard}_events", mine) if mine else {}
    return found
