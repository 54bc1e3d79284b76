"""What both run modes tell the query API of tokens and of the hashing of ids."""

from __future__ import annotations

from typing import Protocol

from aggregates.errors import StorageUnavailable
from aggregates.sqlite_stream_keys import FAULTS
from ingest.key_kinds import KeyKind
from ingest.stores import Grant, Store
from query_api.ports import Editor, Reader
from schemas.identifiers import email_address, phone_number
from schemas.streams import StreamKind, StreamRef, stream_id


class Keys(Protocol):
    """Stores and keys, wherever they are kept."""

    def find(self, key: str) -> Grant | None:
        """Return what a key of any kind stands for, if it is valid now."""

    def store(self, name: str) -> Store | None:
        """Return the settings of a store."""


class Hashing:
    """From raw ids to streams, as the aggregates hash them."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def stream(self, store: str, kind: str, raw_id: str) -> str:
        """See `query_api.ports.Hashing`."""
        normal = {"email": email_address, "phone": phone_number}.get(kind)
        value = (normal(raw_id, kind) or "") if normal else raw_id
        return stream_id(self._secret, store, StreamRef(StreamKind(kind), value))

    def named(self, store: str, by: str, value: str) -> str:
        """Return the stream that an operator names, by what the value is: `customer_id`, `user_id`, `email`, ..."""
        return value if by == "customer_id" else self.stream(store, by.removesuffix("_id"), value)


class Tokens:
    """Tokens and server keys of the stores."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def reader(self, token: str) -> Reader | None:
        """See `query_api.ports.Tokens`."""
        grant = self._keys.find(token)
        admin = grant is not None and grant.kind is KeyKind.ADMIN
        return Reader(grant.store, admin) if grant and (admin or grant.kind is KeyKind.QUERY) else None

    def editor(self, token: str) -> Editor | None:
        """See `query_api.ports.Tokens`."""
        grant = self._keys.find(token)
        return Editor(grant.store, _EDITORS[grant.kind]) if grant and grant.kind in _EDITORS else None


_EDITORS = {KeyKind.ADMIN: "admin token", KeyKind.SERVER: "server key"}


class Currencies:
    """The currency of each store, from its settings."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def currency(self, store: str) -> str:
        """See `projections.ports.StoreCurrencies`. A fault of the storage must not be taken for one of the fact."""
        try:
            found = self._keys.store(store)
        except FAULTS as error:
            raise StorageUnavailable(str(error)) from error
        return found.currency if found else "EUR"
