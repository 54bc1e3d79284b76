"""The stores of a cluster on this machine, with their plain keys: in `keys.json` of its folder, as `up` keeps them.

The distributed mode keeps keys hashed, and prints them once. Where that file was lost, stores get new keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from footfall.distributed.installation import opened
from footfall.settings import load
from ingest.key_file import read_plain_keys, write_plain_keys
from ingest.key_kinds import KeyKind, StoreKeys
from ingest.postgres_keys import PostgresKeys
from ingest.stores import Store


def keys_of(folder: Path, environment: Mapping[str, str], wanted: Sequence[Store]) -> list[StoreKeys]:
    """Return the keys of stores, which are added where they are not there."""
    kept = read_plain_keys(folder)
    missing = [store for store in wanted if store.name not in kept]
    if missing:
        with opened(load(environment=environment).settings) as installation:
            for store in missing:
                kept[store.name] = _new_keys(installation.stores, store)
                write_plain_keys(folder, kept)
    return [kept[store.name] for store in wanted]


def _new_keys(stores: PostgresKeys, store: Store) -> StoreKeys:
    if store.name not in [each.name for each in stores.stores()]:
        return stores.add_store(store)
    return StoreKeys(store.name, *(stores.rotate(store.name, kind, 0) for kind in KeyKind))
