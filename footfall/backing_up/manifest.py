"""The manifest of a backup: which files it has, their digests, and how far they go. Written last: without it, none.

It is stored, so its field names are frozen: add fields with defaults. What the files hold does not belong here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

import msgspec

from footfall.backing_up.errors import BackupDamaged

FILE_NAME = "manifest.json"
FORMAT = 1
CHUNK = 1024 * 1024

Told = Callable[[str, int, int], None]
"""Told what is done, how far it is and how far it goes."""


class Sum(msgspec.Struct, frozen=True):
    """A file as it was written."""

    file: str
    """Its name in the backup: a part that was written anew, after an erasure, has another one."""
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is."""

    format: int = FORMAT
    id: str
    mode: str
    """The run mode that it is of: `embedded` or `distributed`."""
    footfall: str = msgspec.field(default_factory=lambda: version("footfall"))
    installation: str
    """A digest of the installation's secret: to tell another one's backup by."""
    began_at: str
    made_at: str
    positions: dict[str, int]
    """The last notification of each shard."""
    waiting: int = 0
    """Accepted events that lie in it unrecorded, since this version cannot record them."""
    revision: int = 0
    """How often it was written anew, to carry erasures out."""
    files: dict[str, Sum]
    """Its parts by their names."""


def installation_of(secret: bytes) -> str:
    """Return by what an installation is known."""
    return hashlib.blake2b(secret, digest_size=16, person=b"footfall-backup").hexdigest()


def summed(path: Path, told: Callable[[int], None] = lambda _: None) -> Sum:
    """Return a file's digest."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            told(size)
    return Sum(path.name, size, digest.hexdigest())


def sums(folder: Path, names: Iterable[str]) -> dict[str, Sum]:
    """Return the digests of a folder's files, each of which is on the disk then."""
    found = {}
    for name in names:
        synced(folder / name)
        found[name] = summed(folder / name)
    return found


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, or replace it, as a whole: by this a folder becomes a backup."""
    draft = folder / f"{FILE_NAME}.draft"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    synced(draft)
    draft.replace(folder / FILE_NAME)
    synced(folder)


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup; raises BackupDamaged."""
    try:
        manifest = msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BackupDamaged(f"{folder} is no backup: it has no {FILE_NAME}, which is written last") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupDamaged(f"{folder / FILE_NAME} is not what was written: {error}") from error
    if manifest.format > FORMAT:
        raise BackupDamaged(f"{folder} was made by Footfall {manifest.footfall}; restore it by that version or later")
    if any(Path(one.file).name != one.file for one in manifest.files.values()):
        raise BackupDamaged(f"{folder / FILE_NAME} names files outside of the backup")
    return manifest


def check(folder: Path, files: Mapping[str, Sum], told: Told) -> None:
    """Read all files of a backup; raises BackupDamaged where one is not what was written."""
    done, total = 0, sum(one.bytes for one in files.values())
    for one in files.values():
        path = folder / one.file
        if not path.is_file():
            raise BackupDamaged(f"{path} is missing")
        if summed(path, lambda size, before=done: told("checking", before + size, total)) != one:  # type: ignore[misc] # the default binds
            raise BackupDamaged(f"{path} is not what was written: its digest differs")
        done += one.bytes


def synced(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
