"""`footfall import`: every line once, however often it is run; what is refused is written down with its reason."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from aggregates.notification_log import StoredNotificationLog
from aggregates.sqlite_recorder import open_recorder
from aggregates.sqlite_stream_keys import SqliteStreamKeys
from footfall.data_folder import DataFolder
from footfall.embedded.importing import open_target
from footfall.importing import CHUNK, Outcome, import_files
from footfall.message_files import DamagedFile
from footfall.rules import import_rules
from footfall.settings import Settings
from ingest.ports import Caller
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import Store
from schemas.clock import parse_time
from schemas.facts import CustomerEvent, KeyClass
from tests.builders import message

Told = list[tuple[str, int, int]]


class Place:
    """A data folder, and files beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings = Settings(data=path / "data")
        self.told: Told = []

    def file(self, name: str, *lines: Any) -> Path:
        written = self.path / name
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        written.write_bytes("".join(f"{text}\n" for text in texts).encode())
        return written

    def run(self, *files: Path, store: str | None = None, key_class: KeyClass = KeyClass.SERVER) -> Outcome:
        with open_target(self.settings) as target:
            caller = Caller(target.store(store), key_class)
            rules = import_rules(self.settings)
            return import_files(target, files, caller, rules, lambda *told: self.told.append(told))

    def facts(self) -> list[CustomerEvent]:
        folder = DataFolder(self.settings.data)
        log = StoredNotificationLog(open_recorder(folder.events), SqliteStreamKeys(folder.stream_keys))
        return [one.event for one in log.read(0, 100_000).notifications]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def counts(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.accepted, outcome.duplicate, outcome.refused


def test_every_line_becomes_a_fact_and_empty_ones_are_none(place: Place) -> None:
    file = place.file("a.jsonl", message(messageId="1"), "", "  \t", message(messageId="2"))
    assert counts(place.run(file)) == (2, 0, 0)
    assert [fact.message_id for fact in place.facts()] == ["1", "2"]
    assert {fact.key_class for fact in place.facts()} == {KeyClass.SERVER}
    assert not file.with_name("a.jsonl.refused.jsonl").exists()


def test_gzip_is_known_by_its_bytes_whatever_the_name(place: Place) -> None:
    plain = place.file("plain.gz", message(messageId="1"))
    zipped = place.path / "zipped.jsonl"
    zipped.write_bytes(gzip.compress(json.dumps(message(messageId="2")).encode()))
    assert counts(place.run(plain, zipped)) == (2, 0, 0)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_lines_may_end_as_they_like_and_begin_with_a_mark(place: Place, end: bytes) -> None:
    file = place.path / "a.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(message(messageId="1")).encode() + end)
    assert counts(place.run(file)) == (1, 0, 0)


def test_running_it_again_changes_nothing(place: Place) -> None:
    file = place.file("a.jsonl", message(messageId="1"), message(messageId=None), message(messageId=None))
    assert counts(place.run(file)) == (3, 0, 0)
    facts = place.facts()
    assert counts(place.run(file, file)) == (0, 6, 0)
    assert place.facts() == facts


def test_what_an_earlier_run_did_not_reach_is_taken_by_the_next(place: Place) -> None:
    lines = [message(messageId=str(number)) for number in range(4)]
    place.run(place.file("a.jsonl", *lines[:2]))
    assert counts(place.run(place.file("a.jsonl", *lines))) == (2, 2, 0)


def test_copies_within_one_file_are_counted_as_duplicates(place: Place) -> None:
    twice = message(messageId="1")
    assert counts(place.run(place.file("a.jsonl", twice, twice, message(messageId="2")))) == (2, 1, 0)
    assert len(place.facts()) == 2


def test_more_than_one_chunk_goes_in_whole_and_progress_is_told(place: Place) -> None:
    lines = [message(messageId=str(number)) for number in range(CHUNK + 7)]
    assert counts(place.run(place.file("a.jsonl", *lines))) == (CHUNK + 7, 0, 0)
    assert [fact.message_id for fact in place.facts()] == [line["messageId"] for line in lines]
    assert place.told == [("a.jsonl", CHUNK, 0), ("a.jsonl", CHUNK + 7, CHUNK + 7)]


def test_a_missing_message_id_derives_from_the_files_digest_and_the_line(place: Place) -> None:
    file = place.file("a.jsonl", message(messageId="1"), "", message(messageId=None), message(messageId=""))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:32]
    place.run(file)
    assert [fact.message_id for fact in place.facts()] == ["1", f"{digest}-3", f"{digest}-4"]
    renamed = file.rename(place.path / "b.jsonl")
    assert counts(place.run(renamed)) == (0, 3, 0)


def test_the_refused_are_written_down_with_line_and_reason(place: Place) -> None:
    file = place.file(
        "a.jsonl", message(messageId="1"), "{no json", "[]", message(anonymousId=None), message(timestamp="soon")
    )
    outcome = place.run(file)
    assert counts(outcome) == (1, 0, 4)
    assert outcome.refusals == [place.path / "a.jsonl.refused.jsonl"]
    refused = [json.loads(line) for line in outcome.refusals[0].read_text("utf-8").splitlines()]
    assert [(one["line"], one["code"]) for one in refused] == [
        (2, "invalid_json"),
        (3, "wrong_type"),
        (4, "no_id"),
        (5, "invalid_time"),
    ]
    assert refused[0]["raw"] == "{no json"
    assert all(one["message"] for one in refused)


def test_a_line_that_is_no_text_is_refused_and_its_neighbours_are_not(place: Place) -> None:
    file = place.path / "a.jsonl"
    good = json.dumps(message(messageId="1")).encode()
    file.write_bytes(b"\xff\xfe\n" + good + b"\n" + good.replace(b"p-1", b"\xff") + b"\n")
    outcome = place.run(file)
    assert counts(outcome) == (1, 0, 2)
    assert [json.loads(line)["line"] for line in outcome.refusals[0].read_text("utf-8").splitlines()] == [1, 3]


def test_an_old_time_stands_as_it_is_said(place: Place) -> None:
    said = message(timestamp="2001-02-03T04:05:06Z", sentAt="2001-02-03T05:00:00Z")
    assert counts(place.run(place.file("a.jsonl", said))) == (1, 0, 0)
    (fact,) = place.facts()
    assert fact.occurred_at == parse_time("2001-02-03T04:05:06Z", "timestamp")


def test_an_archive_of_browser_traffic_is_sent_as_by_write_key(place: Place) -> None:
    office = message(event="Order Shipped", properties={"order_id": "o"})
    file = place.file("a.jsonl", message(messageId="1", timestamp="2001-02-03T04:05:06Z"), office)
    assert counts(place.run(file, key_class=KeyClass.WRITE)) == (1, 0, 1)
    assert [fact.key_class for fact in place.facts()] == [KeyClass.WRITE]
    assert counts(place.run(file, key_class=KeyClass.SERVER)) == (2, 0, 0)


def test_an_import_goes_into_the_store_that_is_named(place: Place) -> None:
    folder = DataFolder(place.settings.data).make()
    keys = SQLiteKeys(folder.path)
    keys.add_store(Store("tea"))
    keys.add_store(Store("cups"))
    keys.close()
    place.run(place.file("a.jsonl", message(messageId="1")), store="cups")
    assert [fact.store for fact in place.facts()] == ["cups"]


def test_a_file_that_is_not_there_is_a_fault_of_the_caller(place: Place) -> None:
    with pytest.raises(FileNotFoundError):
        place.run(place.path / "nowhere.jsonl")


def test_the_whole_lines_of_a_file_cut_off_in_its_compression_are_kept_when_it_is_run_again(place: Place) -> None:
    lines = [message(messageId=str(number)) for number in range(CHUNK * 3)]
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    whole, cut = place.path / "whole.gz", place.path / "cut.gz"
    whole.write_bytes(gzip.compress(text))
    cut.write_bytes(gzip.compress(text)[:-20])
    with pytest.raises(DamagedFile, match="damaged after line"):
        place.run(cut)
    assert place.facts()
    place.run(whole)
    assert [fact.message_id for fact in place.facts()] == [line["messageId"] for line in lines]
