"""The kinds of keys (contract.md, Keys) and the four of them that a store has. No storage here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum


class KeyKind(StrEnum):
    """What a key is for. The value is stored: frozen."""

    WRITE = "write"
    SERVER = "server"
    QUERY = "query"
    ADMIN = "admin"


PREFIXES = {KeyKind.WRITE: "wk_", KeyKind.SERVER: "sk_", KeyKind.QUERY: "qt_", KeyKind.ADMIN: "at_"}
_FIELDS = {
    KeyKind.WRITE: "write_key",
    KeyKind.SERVER: "server_key",
    KeyKind.QUERY: "query_token",
    KeyKind.ADMIN: "admin_token",
}


@dataclass(frozen=True)
class StoreKeys:
    """The plain keys of a store, named as `footfall keys --json` prints them; the order is that of KeyKind."""

    store: str
    write_key: str
    server_key: str
    query_token: str
    admin_token: str

    def of(self, kind: KeyKind) -> str:
        """Return the key of a kind."""
        return str(getattr(self, _FIELDS[kind]))

    def with_key(self, kind: KeyKind, key: str) -> StoreKeys:
        """Return these keys with one of them replaced."""
        return replace(self, **{_FIELDS[kind]: key})

    def as_dict(self) -> dict[str, str]:
        """Return what `footfall keys --json` prints."""
        return asdict(self)

    def __repr__(self) -> str:
        return f"StoreKeys({self.store!r}, ...)"  # keys never get into a log by accident
