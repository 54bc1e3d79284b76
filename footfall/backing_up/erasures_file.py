"""Erasures, and where backups were made, as lines of JSON: what a restore applies again. No personal data is in it.

A backup holds one, `footfall erasures --export` writes one; several of them are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from footfall.backing_up.errors import BackupDamaged
from footfall.backing_up.manifest import synced
from footfall.erasing.erasure import Erasure

FILE_NAME = "erasures.jsonl"


class Known(NamedTuple):
    """What is known outside of the copies."""

    erasures: Sequence[Erasure] = ()
    backups: Sequence[str] = ()
    """The paths where backups were made."""


class _Line(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    erasure: Erasure | None = None
    backup: str | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


def write_known(path: Path, known: Known) -> None:
    """Write, or replace, the file as a whole."""
    lines = [*(_Line(erasure=one) for one in known.erasures), *(_Line(backup=one) for one in known.backups)]
    draft = path.with_name(f"{path.name}.draft")
    draft.write_bytes(b"".join(_encode(line) + b"\n" for line in lines))
    synced(draft)
    draft.replace(path)


def read_known(path: Path) -> Known:
    """Return what a file says; raises BackupDamaged."""
    try:
        lines = [_decode(line) for line in path.read_bytes().splitlines()]
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupDamaged(f"{path} holds no erasures: {error}") from error
    erasures = [line.erasure for line in lines if line.erasure is not None]
    return Known(erasures, [line.backup for line in lines if line.backup is not None])


def merged(several: Iterable[Known]) -> Known:
    """Return what all of them know; of one erasure, how far it is at the furthest."""
    furthest: dict[str, Erasure] = {}
    backups: dict[str, None] = {}
    for known in several:
        backups |= dict.fromkeys(known.backups)
        for one in known.erasures:
            furthest[one.id] = max(furthest.get(one.id, one), one, key=_how_far)
    return Known(sorted(furthest.values(), key=lambda one: (one.requested_at, one.id)), list(backups))


def _how_far(erasure: Erasure) -> tuple[bool, bool, int]:
    return erasure.finished_at is not None, erasure.until is not None, len(erasure.removed)
