"""A backup of a distributed installation: what cannot be derived, from both databases, while everything runs.

Whatever was answered with 200 before it began is in Kafka: it is waited for until the aggregators have recorded that,
and the letters among it are in their table. Then a snapshot of the facts is copied, and after it one of the keys: a
key is made before the first fact that it seals, so the later copy opens every fact of the earlier one. A key that an
erasure destroyed in between is destroyed in the copy too.

Positions in Kafka are left out: a restore begins with new topics. So are the answers, which are derived.
"""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from footfall.backing_up.draft import being_made
from footfall.backing_up.erasures_file import FILE_NAME as ERASURES
from footfall.backing_up.erasures_file import Known, write_known
from footfall.backing_up.errors import BackupFailed
from footfall.backing_up.manifest import Manifest, Told, installation_of, sums, write
from footfall.distributed.erasing import now
from footfall.distributed.postgres_copies import SUFFIX, copy_out, ends, snapshot_of, tables
from footfall.distributed.postgres_databases import Databases

MODE = "distributed"
FACTS, KEYS = "facts", "keys"
"""The two databases: before the names of their tables in the names of the files."""

LEFT_OUT: Mapping[str, Collection[str]] = {
    FACTS: ("consumed", "relayed", "migration", "installation"),
    KEYS: ("erasures", "backups"),
}
"""Tables that are no part of a copy: positions in Kafka, what the settings say, and what no restore may set back."""

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.2

Behind = Callable[[], int]
"""Says how many records the workers are behind what was accepted before the backup began."""


def place_of(path: Path) -> str:
    """Return how a path is remembered: on which machine."""
    return f"{socket.gethostname()}:{path.absolute()}"


def back_up(databases: Databases, to: Path, behind: Behind, told: Told) -> Manifest:
    """Make a backup; raises BackupRefused or BackupFailed."""
    with being_made(to.absolute()) as draft, _remembered(databases, to):
        began = _now()
        _wait(behind, told)
        names, positions = [], {}
        for database, dsn in ((FACTS, databases.dsn), (KEYS, databases.keys_dsn)):
            with snapshot_of(dsn) as connection:
                for table in tables(connection, LEFT_OUT[database]):
                    names.append(f"{database}.{table}{SUFFIX}")
                    copy_out(connection, table, draft / names[-1], _named(told, names[-1]))
                if database == FACTS:
                    positions = {str(shard): end for shard, end in ends(connection).items()}
        known = Known(databases.erasures.everything(), [path for path, _ in databases.backups.all()])
        write_known(draft / ERASURES, known)
        manifest = Manifest(
            id=secrets.token_hex(16),
            mode=MODE,
            installation=installation_of(databases.secret),
            began_at=began,
            made_at=_now(),
            positions=positions,
            files=sums(draft, [*names, ERASURES]),
        )
        write(draft, manifest)
    return manifest


@contextmanager
def _remembered(databases: Databases, to: Path) -> Iterator[None]:
    """Remember it before its first byte. A fault leaves nothing; of what a kill leaves, the operator knows."""
    databases.backups.add([place_of(to)], now())
    try:
        yield
    except BaseException:
        databases.backups.forget(place_of(to))
        raise


def _wait(behind: Behind, told: Told) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    first = left = behind()
    while left:
        if time.monotonic() > deadline:
            raise BackupFailed(f"{left} records are accepted and not recorded: are the aggregators running?")
        told("waiting for the aggregators", first - left, first)
        time.sleep(POLL_SECONDS)
        left = behind()


def _named(told: Told, name: str) -> Callable[[int], None]:
    return lambda done: told(name, done, 0)


def _now() -> str:
    return datetime.now(UTC).isoformat()
