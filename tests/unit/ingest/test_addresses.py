"""What an address tells and what is kept of it, and the files that say so, replaced while they are used."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from ingest.addresses import LONGEST, MOST_REMEMBERED, NOWHERE, Addresses, Origin
from ingest.maxmind_places import MaxMindPlaces, place_of
from ingest.network_list import NetworkList, read_networks
from ingest.watched_file import Unreadable

BERLIN: dict[str, Any] = {
    "country": {"iso_code": "DE", "names": {"en": "Germany", "de": "Deutschland"}},
    "subdivisions": [{"iso_code": "BE", "names": {"en": "Land Berlin"}}, {"names": {"en": "Mitte"}}],
    "city": {"names": {"de": "Berlin", "en": "Berlin"}},
}
PARIS: dict[str, Any] = {"country": {"iso_code": "FR"}, "city": {"names": {"en": "Paris"}}}


class Hands:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def write(path: Path, **networks: dict[str, Any]) -> Path:
    """Write a database, beside it first and then in its place, as updaters do."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City")
    for network, record in networks.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path.with_suffix(".new")))
    path.with_suffix(".new").replace(path)
    return path


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("203.0.113.77", "203.0.113.0"),
        (" 203.0.113.77 ", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("203.0.113.77, 10.0.0.1", None),
        ("unknown", None),
        ("", None),
    ],
)
def test_an_address_is_kept_as_its_network(said: str, kept: str | None) -> None:
    assert Addresses().origin(said).ip == kept
    assert Addresses(dropped=True).origin(said) == NOWHERE


@given(st.ip_addresses())
def test_what_is_kept_of_an_address_is_never_all_of_it(address: Any) -> None:
    kept = Addresses().origin(str(address)).ip
    assert kept is not None
    assert Addresses().origin(kept).ip == kept
    assert int(ip_address(kept)) % 256 == 0


def test_what_is_remembered_of_addresses_is_bounded() -> None:
    addresses = Addresses()
    for number in range(MOST_REMEMBERED + 10):
        addresses.origin(str(ip_address(number)))
    assert addresses.origin("1" * (LONGEST + 1)) == NOWHERE
    assert len(addresses._remembered) <= MOST_REMEMBERED


def test_an_address_tells_country_region_and_city(tmp_path: Path) -> None:
    path = write(tmp_path / "places.mmdb", **{"203.0.113.0/24": BERLIN, "2001:db8::/32": PARIS})
    addresses = Addresses(places=MaxMindPlaces(path))
    place = {"country": "DE", "region": "Land Berlin", "city": "Berlin"}
    assert addresses.origin("203.0.113.7") == Origin("203.0.113.0", place)
    assert addresses.origin("::ffff:203.0.113.7").place == place
    assert addresses.origin("2001:db8::1").place == {"country": "FR", "city": "Paris"}
    assert addresses.origin("198.51.100.1").place == {}


@pytest.mark.parametrize(
    ("record", "place"),
    [
        (
            {"country": "DE", "region": "Berlin", "city": "Berlin"},
            {"country": "DE", "region": "Berlin", "city": "Berlin"},
        ),
        ({"country_code": "DE", "subdivisions": [{"iso_code": "BE"}]}, {"country": "DE", "region": "BE"}),
        ({"country": 7, "subdivisions": [], "city": {"names": None}}, {}),
        ({"city": "x" * 1_000}, {"city": "x" * 100}),
    ],
)
def test_other_shapes_of_records_are_read_as_far_as_they_tell(record: dict[str, Any], place: dict[str, str]) -> None:
    assert place_of(record) == place


def test_a_database_that_is_replaced_is_read_again_and_a_broken_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "places.mmdb", **{"203.0.113.0/24": BERLIN})
    clock = Hands()
    addresses = Addresses(places=MaxMindPlaces(path, clock))

    def country() -> str | None:
        return addresses.origin("203.0.113.7").place.get("country")

    assert country() == "DE"
    write(path, **{"203.0.113.0/24": PARIS})
    assert country() == "DE"
    clock.now += 1
    assert country() == "FR"
    path.write_bytes(b"half of a database")
    clock.now += 1
    assert country() == "FR"
    path.unlink()
    clock.now += 1
    assert country() == "FR"
    assert len([record for record in caplog.records if "cannot be read" in record.message]) == 2
    write(path, **{"203.0.113.0/24": BERLIN})
    clock.now += 1
    assert country() == "DE"


def test_networks_are_those_of_the_file_in_both_versions(tmp_path: Path) -> None:
    path, clock = tmp_path / "networks", Hands()
    path.write_text("# clouds\n203.0.113.0/25\n\n198.51.100.7 # one machine\n2001:db8::/33\n")
    addresses = Addresses(networks=NetworkList(path, clock))
    asked = ["203.0.113.127", "203.0.113.128", "198.51.100.7", "198.51.100.8", "2001:db8::1", "2001:db8:8000::1"]
    assert [addresses.origin(one).automated for one in asked] == [True, False, True, False, True, False]
    path.write_text("203.0.113.128/25\n")
    os.utime(path, ns=(1, 1))
    clock.now += 1
    assert [addresses.origin(one).automated for one in asked] == [False, True, False, False, False, False]


@given(st.ip_addresses(network="10.0.0.0/16"), st.integers(16, 32))
def test_a_network_has_its_addresses_and_no_others(address: Any, length: int) -> None:
    path_says = read_networks(f"{address}/{length}".encode())
    ((_, bits),) = path_says
    assert path_says[4, bits] == {int(address) >> bits}
    assert bits == 32 - length


def test_a_line_that_is_no_network_is_named(tmp_path: Path) -> None:
    path = tmp_path / "networks"
    path.write_text("203.0.113.0/24\nAS64496\n")
    with pytest.raises(Unreadable, match="line 2"):
        NetworkList(path)


def test_a_file_that_is_not_there_at_the_start_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        MaxMindPlaces(tmp_path / "nowhere")
