from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest.consent import ConsentChoice
from ingest.key_kinds import KeyKind
from ingest.ports import Caller
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import Store, StoreError, page_origin
from schemas.facts import KeyClass


class Clock:
    """A wall clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> Iterator[SQLiteKeys]:
    with closing(SQLiteKeys(tmp_path, wall_clock=clock)) as opened:
        yield opened


def test_a_store_has_four_keys_and_two_of_them_may_send(keys: SQLiteKeys) -> None:
    made = keys.add_store(Store("shop", origins=("https://shop.example",)))
    write, server = keys.lookup(made.write_key), keys.lookup(made.server_key)
    assert write is not None
    assert server is not None
    assert write == Caller("shop", KeyClass.WRITE, frozenset({"https://shop.example"}))
    assert server.key_class is KeyClass.SERVER
    assert keys.lookup(made.query_token) is keys.lookup(made.admin_token) is keys.lookup("wk_no") is None
    found = [keys.find(made.of(kind)) for kind in KeyKind]
    assert [grant.kind for grant in found if grant] == list(KeyKind)
    assert [made.of(kind)[:3] for kind in KeyKind] == ["wk_", "sk_", "qt_", "at_"]


def test_keys_are_stored_hashed_and_the_plain_ones_are_the_owners(keys: SQLiteKeys, tmp_path: Path) -> None:
    made = keys.add_store(Store("shop"))
    plain = tmp_path / "keys.json"
    assert stat.S_IMODE(plain.stat().st_mode) == 0o600
    assert json.loads(plain.read_text())["stores"] == [made.as_dict()]
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("keys.db*"))
    assert not any(made.of(kind).encode() in stored for kind in KeyKind)
    assert made.write_key not in repr(made)
    assert keys.keys_of("shop") == made


def test_the_first_store_is_made_once(keys: SQLiteKeys) -> None:
    made = keys.first_store(Store("shop"))
    assert keys.first_store(Store("another")) == made
    assert [store.name for store in keys.stores()] == ["shop"]


def test_a_second_store_of_a_name_is_refused(keys: SQLiteKeys) -> None:
    made = keys.add_store(Store("shop"))
    for name in ("shop", "", "a\0b", "a/b", "x" * 65):
        with pytest.raises(StoreError):
            keys.add_store(Store(name))
    assert keys.keys_of("shop") == made
    with pytest.raises(StoreError):
        keys.keys_of("none")


def test_a_rotated_key_works_for_a_while(keys: SQLiteKeys, clock: Clock) -> None:
    old = keys.add_store(Store("shop")).write_key
    new = keys.rotate("shop", KeyKind.WRITE, grace_seconds=60)
    assert keys.keys_of("shop").write_key == new
    assert keys.lookup(old) is not None
    clock.now += 61
    assert keys.lookup(old) is None
    assert keys.lookup(new) is not None
    masked = [listed for listed in keys.masked("shop") if listed.kind is KeyKind.WRITE]
    assert [listed.valid_until for listed in masked] == [1060.0, None]
    assert all(key not in listed.masked for listed in masked for key in (old, new))


def test_a_store_added_by_another_process_is_picked_up(keys: SQLiteKeys, tmp_path: Path) -> None:
    with closing(SQLiteKeys(tmp_path)) as other:
        made = other.add_store(Store("shop", "USD", "America/New_York"))
    assert [store.name for store in keys.stores()] == ["shop"]  # looks again at once; `lookup` does within a second
    assert keys.lookup(made.write_key) is not None
    assert keys.store("shop") == Store("shop", "USD", "America/New_York")
    assert keys.store("none") is None


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("http://[2001:DB8::1]:80", "http://[2001:db8::1]"),
        ("https://m\u00fcller.example", "https://xn--mller-kva.example"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(said: str, origin: str) -> None:
    assert page_origin(said) == origin


@pytest.mark.parametrize(
    "said",
    ["null", "*", "shop.example", "https://", "https://*.example", "https://u@shop.example", "https://shop.example/a",
     "https://shop.example?a", "ftp://shop.example", "https://shop.example:99999", "https://a b", ""],
)  # fmt: skip
def test_what_no_page_comes_from_is_no_origin(said: str) -> None:
    with pytest.raises(StoreError):
        page_origin(said)


def test_the_origins_of_a_store_can_be_changed(keys: SQLiteKeys) -> None:
    made = keys.add_store(Store("shop", origins=("https://shop.example",)))
    for origins in (("https://a.example", "https://b.example"), ()):
        keys.set_origins("shop", origins)
        caller = keys.lookup(made.write_key)
        assert caller is not None
        assert caller.origins == set(origins)
    with pytest.raises(StoreError):
        keys.set_origins("nobody", ())


def test_what_a_store_chose_without_consent_comes_with_its_keys(keys: SQLiteKeys, tmp_path: Path) -> None:
    made = keys.add_store(Store("shop", consent=ConsentChoice.ANONYMOUS))
    plain = keys.add_store(Store("plain"))
    assert [keys.lookup(one.write_key).consent for one in (made, plain)] == ["anonymous", "record"]  # type: ignore[union-attr]  # just added
    keys.set_consent("plain", ConsentChoice.REQUIRED)
    with closing(SQLiteKeys(tmp_path)) as others:
        assert [store.consent for store in others.stores()] == ["anonymous", "required"]
    with pytest.raises(StoreError):
        keys.set_consent("nobody", ConsentChoice.RECORD)
