"""`keys.json`: the plain keys of every store of an embedded product, readable by its owner only (mode 0600)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ingest.key_kinds import StoreKeys

FILE_NAME = "keys.json"


def read_plain_keys(folder: Path) -> dict[str, StoreKeys]:
    """Return the keys by store; empty where there is no file yet."""
    try:
        text = (folder / FILE_NAME).read_text()
    except FileNotFoundError:
        return {}
    return {keys["store"]: StoreKeys(**keys) for keys in json.loads(text)["stores"]}


def write_plain_keys(folder: Path, keys: dict[str, StoreKeys]) -> None:
    """Replace the file as a whole: who reads it sees the old one or the new one, also after a crash."""
    aside = folder / f".{FILE_NAME}.{os.getpid()}"
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"stores": [each.as_dict() for each in keys.values()]}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, folder / FILE_NAME)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
