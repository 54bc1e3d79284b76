"""Stores (tenants) and their keys as values: what a valid key stands for, how keys are made, hashed and masked.

Where they are kept does not belong here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest
from typing import NamedTuple
from urllib.parse import urlsplit

from ingest.consent import ConsentChoice
from ingest.key_kinds import PREFIXES, KeyKind, StoreKeys
from ingest.ports import Caller
from schemas.errors import FootfallError
from schemas.facts import KeyClass

FIRST_STORE = "shop"
"""Name of the store that is made where there is none."""

REFRESH_SECONDS = 1.0
"""A store or a key added by another process is known after this."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HOST = re.compile(r"[a-z0-9._:-]+")
_PORTS = {"http": 80, "https": 443}
_CLASSES = {KeyKind.WRITE: KeyClass.WRITE, KeyKind.SERVER: KeyClass.SERVER}


class StoreError(FootfallError):
    """A store that cannot be added or found; the text says why."""


class Forgetting(NamedTuple):
    """How a store forgets persons."""

    keep_sales: bool = False
    """Whether order facts stay, without a name, when their customer is erased."""
    anonymous_days: int = 0
    """Days after their last fact in which visitors without a user id are kept; 0 for ever."""
    customer_days: int = 0
    """The same of customers."""


FOR_EVER = Forgetting()


@dataclass(frozen=True)
class Store:
    """One shop (tenant) and its settings."""

    name: str
    currency: str = "EUR"
    time_zone: str = "Europe/Berlin"
    origins: tuple[str, ...] = ()
    forgetting: Forgetting = FOR_EVER
    consent: ConsentChoice = ConsentChoice.RECORD


def page_origin(text: str) -> str:
    """Return the origin of a URL as browsers write it; raises StoreError where pages cannot have it."""
    try:
        url = urlsplit(text.strip())
        host, port = url.hostname or "", url.port
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError:
        raise StoreError(f"{text} is no origin of pages") from None
    if url.scheme not in _PORTS or not _HOST.fullmatch(host) or url.username or url.path.strip("/") or url.query:
        raise StoreError(f"{text} is no origin of pages: say it as https://shop.example")
    host = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{host}" if port in (None, _PORTS[url.scheme]) else f"{url.scheme}://{host}:{port}"


def chosen(stores: Iterable[Store]) -> Callable[[str], ConsentChoice]:
    """Return what tells the choice of each store; of one that is not known everything is recorded."""
    choices = {store.name: store.consent for store in stores}
    return lambda name: choices.get(name, ConsentChoice.RECORD)


class Grant(NamedTuple):
    """What a valid key stands for."""

    store: str
    kind: KeyKind
    digest: bytes
    valid_until: float | None
    caller: Caller | None


class MaskedKey(NamedTuple):
    """A key as it is listed."""

    kind: KeyKind
    masked: str
    valid_until: float | None


def digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=32, person=b"footfall-key").digest()


def masked(key: str) -> str:
    return f"{key[:3]}...{key[-4:]}"


def new_key(kind: KeyKind) -> str:
    """Return a new key; random, 160 bits."""
    return PREFIXES[kind] + secrets.token_hex(20)


def new_keys(store: Store) -> StoreKeys:
    """Return the keys of a new store; raises StoreError where its name cannot be one."""
    if not _NAME.fullmatch(store.name):
        raise StoreError("a store's name has up to 64 letters, digits, dots, dashes and underscores")
    return StoreKeys(store.name, *(new_key(kind) for kind in KeyKind))


class KeptKey(NamedTuple):
    """A key as it is kept, for taking it over into another installation."""

    digest: bytes
    store: str
    kind: str
    masked: str
    valid_until: float | None


KeyRow = tuple[bytes, str, str, float | None]
"""A key as it is kept: digest, store, kind, and until when it is valid (seconds since 1970; None for ever)."""


class Grants:
    """All stores and all keys as they were at one moment."""

    def __init__(self, stores: Iterable[Store], keys: Iterable[KeyRow]) -> None:
        self.stores = {store.name: store for store in stores}
        self._grants = {row[0]: self._grant(*row) for row in keys}

    def find(self, key: str, now: float) -> Grant | None:
        """Return what a key of any kind stands for, if it is valid now."""
        wanted = digest(key)
        grant = self._grants.get(wanted)
        if grant is None or not compare_digest(grant.digest, wanted):
            return None
        if grant.valid_until is not None and grant.valid_until < now:
            return None
        return grant

    def _grant(self, digest: bytes, name: str, kind: str, valid_until: float | None) -> Grant:
        key_class = _CLASSES.get(KeyKind(kind))
        store = self.stores[name]
        caller = None if key_class is None else Caller(name, key_class, frozenset(store.origins), store.consent)
        return Grant(name, KeyKind(kind), digest, valid_until, caller)
