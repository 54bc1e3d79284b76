"""What becomes of addresses at the collector's door: told before they are truncated, and never kept whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.addresses import Addresses
from ingest.admission import Rules
from ingest.kept_letters import KeptLetter
from ingest.readmission import readmit
from ingest.redaction import without_addresses
from tests.builders import message
from tests.unit.ingest.doubles import SERVER_KEY, WRITE_KEY, Shop

CONNECTION, SAID = "203.0.113.77", "198.51.100.7"


class Towns:
    """Places, each address in a town of its own."""

    def edition(self) -> object:
        return self

    def place(self, ip: str) -> dict[str, str]:
        return {"city": f"town of {ip}"}


def shop(*, dropped: bool = False) -> Shop:
    return Shop(Rules(addresses=Addresses(dropped=dropped, places=Towns())))


def kept(at: Shop) -> list[Any]:
    return [json.loads(bytes(event.message)).get("context") for event in at.log.events]


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
def test_a_browsers_connection_tells_its_place_and_a_servers_tells_nothing(path: str) -> None:
    at = shop()
    for key in (WRITE_KEY, SERVER_KEY):
        body = message()
        at.post(path, {"batch": [body]} if path == "/v1/batch" else body, key)
    town = {"city": f"town of {CONNECTION}"}
    assert kept(at) == [{"ip": "203.0.113.0", "location": town}, None]


@pytest.mark.parametrize("key", [WRITE_KEY, SERVER_KEY])
def test_an_address_that_an_event_says_tells_its_place_by_either_key(key: str) -> None:
    at = shop()
    at.post("/v1/track", message(context={"ip": SAID}), key)
    assert kept(at) == [{"ip": "198.51.100.0", "location": {"city": f"town of {SAID}"}}]


def test_dropped_addresses_are_kept_nowhere() -> None:
    at = shop(dropped=True)
    at.post("/v1/track", message(context={"ip": SAID}))
    at.post("/v1/track", message())
    at.batch(message(properties=[1], context={"ip": SAID}), 5, context={"ip": SAID})
    at.post("/v1/track", b'{"context": {"ip" : "%s"}, "broken' % SAID.encode())
    assert [one["location"]["city"] for one in kept(at)] == [f"town of {SAID}", f"town of {CONNECTION}"]
    assert [letter.ip for letter in at.letters] == ["", "", ""]
    stored = b"".join([*(bytes(e.message) for e in at.log.events), *(one.raw + one.envelope for one in at.letters)])
    for address in (SAID, CONNECTION):
        assert f'"{address}"'.encode() not in stored


def test_of_a_dead_letter_the_networks_are_kept_and_tell_the_place_again() -> None:
    at = shop()
    at.batch(message(properties=[1], context={"ip": SAID}), message(properties=[1]))
    said, connection = at.letters
    assert (json.loads(said.raw)["context"]["ip"], connection.ip) == ("198.51.100.0", "203.0.113.0")
    mended = connection._replace(raw=json.dumps(message()).encode())
    (event,) = readmit(KeptLetter("1", mended, 1, 1), Rules(addresses=Addresses(places=Towns()))).accepted
    assert json.loads(bytes(event.message))["context"]["location"] == {"city": "town of 203.0.113.0"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (b'{"ip": "203.0.113.7"}', b'{"ip": "203.0.113.0"}'),
        (b'{"ip_override":"2001:db8:1:2::3"}', b'{"ip_override":"2001:db8:1::"}'),
        (b'{"ip":"nobody"}', b'{"ip":""}'),
        (b'{"zip":"203.0.113.7","ip":7}', b'{"zip":"203.0.113.7","ip":7}'),
        (b"\xff\x00no json", b"\xff\x00no json"),
    ],
)
def test_addresses_are_found_in_any_bytes(text: bytes, kept: bytes) -> None:
    assert without_addresses(text, Addresses()) == kept
