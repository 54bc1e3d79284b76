"""`footfall dead-letters` on the real product: list, show, replay and discard, while it runs and while it does not."""

from __future__ import annotations

import json
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import msgspec
import pytest

from aggregates.ports import Poisoned
from footfall.data_folder import DataFolder
from footfall.poison import accepted_letter
from ingest.ports import DeadLetter
from ingest.sqlite_dead_letters import SQLiteDeadLetters
from ingest.sqlite_inbox import SQLiteInbox
from schemas.facts import AcceptedEvent
from schemas.streams import StreamKind, StreamRef
from tests.builders import accepted_event
from tests.product.running import FOOTFALL, Json, RunningProduct, Shop, embedded, eventually

pytestmark = [pytest.mark.product, pytest.mark.embedded("writes into the files of a data folder")]

AGAIN = 1
FOR_EVER = {"FOOTFALL_BACKDATE_DAYS": "36500"}


def view(message_id: str | None, user: str = "ada", **fields: Any) -> Json:
    said = {"type": "track", "event": "Product Viewed", "userId": user, "messageId": message_id, **fields}
    return {name: value for name, value in said.items() if value is not None}


def old_view(message_id: str | None, user: str = "ada") -> Json:
    return view(message_id, user, timestamp="1999-12-31T12:00:00Z", properties={"product_id": "p-1"})


def accepted(shop: Shop, message_id: str, user: str = "ada", **fields: Any) -> AcceptedEvent:
    moment = time.time_ns() // 1000
    raw = msgspec.Raw(json.dumps(view(message_id, user)).encode())
    stream = StreamRef(StreamKind.USER, user)
    said = {
        "store": shop.name,
        "stream": stream,
        "occurred_at": moment,
        "received_at": moment,
        "message": raw,
        **fields,
    }
    return accepted_event(message_id, **said)


def append(product: RunningProduct, *events: AcceptedEvent) -> None:
    """Append to the inbox as a collector of another version might."""
    with closing(SQLiteInbox(DataFolder(product.data).inbox)) as inbox:
        inbox.append_now(events)


@contextmanager
def letters_of(product: RunningProduct) -> Iterator[SQLiteDeadLetters]:
    with closing(SQLiteDeadLetters(DataFolder(product.data).dead_letters)) as letters:
        yield letters


def put(product: RunningProduct, *some: DeadLetter) -> None:
    with letters_of(product) as letters:
        letters.put_now(some)


def listed(shop: Shop, *words: str) -> list[Json]:
    said = shop.product.command("dead-letters", "list", "--store", shop.name, "--json", *words)
    items: list[Json] = json.loads(said)["items"]
    return items


def answers(shop: Shop, user: str = "ada") -> tuple[Json, list[Json]]:
    """All that the product says of a person."""
    shop.settle()
    profile = shop.customer(user)
    return profile, shop.items(f"/customers/{profile['customer_id']}/events")


def message_ids(shop: Shop, user: str = "ada") -> list[str]:
    return sorted(fact["message_id"] for fact in answers(shop, user)[1])


# list and show


def test_letters_are_listed_newest_first_and_page_by_page(shop: Shop) -> None:
    for number in range(5):
        shop.send(view(f"m-{number}", userId=None))
    ids = [item["id"] for item in listed(shop)]
    assert len(set(ids)) == 5
    page = json.loads(shop.product.command("dead-letters", "list", "--store", shop.name, "--limit", "3", "--json"))
    assert [item["id"] for item in page["items"]] == ids[:3]
    assert [item["id"] for item in listed(shop, "--before", page["next_cursor"])] == ids[3:]
    assert listed(shop, "--stage", "project") == []
    readable = shop.product.command("dead-letters", "list", "--store", shop.name)
    assert [line.split()[0] for line in readable.splitlines()] == ids
    assert all("admission  no_id  userId" in line for line in readable.splitlines())


def test_a_letter_is_shown_with_its_reason_and_its_exact_bytes(shop: Shop) -> None:
    body = b'{"type": "page", "userId": "\xff\x1b[2J"}'
    assert shop.post("/v1/page", body).status_code == 400
    (item,) = listed(shop)
    said = json.loads(shop.product.command("dead-letters", "show", item["id"], "--json"))
    assert {name: said[name] for name in item if name != "bytes"} == {n: v for n, v in item.items() if n != "bytes"}
    assert (said["stage"], said["code"], said["key_class"], said["type"]) == (
        "admission",
        "invalid_json",
        "write",
        "page",
    )
    assert b64decode(said["raw_base64"]) == body
    readable = shop.product.command("dead-letters", "show", item["id"])
    assert "invalid_json" in readable
    assert "\\x1b[2J" in readable
    assert "\x1b" not in readable


@pytest.mark.parametrize("words", [("show", "x"), ("replay", "x"), ("discard", "x"), ("list", "--before", "x")])
def test_an_id_that_is_not_known_is_said(shop: Shop, words: Sequence[str]) -> None:
    done = shop.product.run("dead-letters", *words)
    assert (done.returncode, done.stderr) == (AGAIN, "x: no such dead letter\n")


@pytest.mark.parametrize("words", [("replay",), ("discard", "x", "--all"), ("replay", "x", "--code", "no_id")])
def test_letters_are_named_one_way_or_the_other(shop: Shop, words: Sequence[str]) -> None:
    done = shop.product.run("dead-letters", *words)
    assert done.returncode == 2
    assert "--all" in done.stderr


# replay


def test_what_the_rules_of_today_take_is_in_the_answers_once_however_often_it_is_replayed(shop: Shop) -> None:
    shop.send(old_view("m-1"), old_view(None), view("now"))
    (first, second) = listed(shop)
    done = shop.product.run("dead-letters", "replay", first["id"], second["id"])
    assert done.returncode == AGAIN
    assert f"{first['id']}: refused again: back_dated: timestamp" in done.stdout
    assert len(listed(shop)) == 2

    with letters_of(embedded(shop)) as letters:
        kept = [letter.letter for id_ in (first["id"], second["id"]) if (letter := letters.get(id_))]
    done = shop.product.run("dead-letters", "replay", "--all", "--store", shop.name, **FOR_EVER)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "replayed 2, events 2, refused again 0")
    assert listed(shop) == []
    before = answers(shop)
    assert before[0]["first_seen"] == "1999-12-31T12:00:00.000000Z"
    assert len(before[1]) == 3

    put(embedded(shop), *kept)  # as after a kill between the two: appended, and not discarded yet
    done = shop.product.run("dead-letters", "replay", "--all", "--store", shop.name, "--code", "back_dated", **FOR_EVER)
    assert done.returncode == 0
    assert answers(shop) == before


def test_a_replay_is_a_copy_of_what_its_sender_said_again(shop: Shop) -> None:
    shop.send(old_view("m-1"))
    assert shop.product.run("dead-letters", "replay", "--all", "--store", shop.name, **FOR_EVER).returncode == 0
    before = answers(shop)
    shop.send(view("m-1"))  # by the same key: the first copy stands
    assert answers(shop) == before
    shop.send(view("m-1"), server=True)
    assert message_ids(shop) == ["m-1", "m-1"]


def test_letters_are_replayed_while_the_product_does_not_run(own_product: RunningProduct) -> None:
    own_product.start()
    shop = own_product.first_store()
    shop.send(old_view("m-1"), view("now"))
    shop.settle()
    own_product.stop()
    (item,) = listed(shop)
    assert own_product.run("dead-letters", "replay", item["id"], **FOR_EVER).returncode == 0
    put(own_product, project_letter(shop, notification_id=1))
    assert "replayed 1, events 1" in own_product.command("dead-letters", "replay", "--all", "--stage", "project")
    assert listed(shop) == []
    assert own_product.processes() == []
    own_product.start()
    assert message_ids(shop) == ["m-1", "now"]


def wait_for_fewer(letters: SQLiteDeadLetters, store: str, than: int) -> None:
    eventually(lambda: letters.count(store) < than, 30, "the first replayed letters")


def test_a_replay_that_is_killed_while_the_product_runs_loses_nothing_and_doubles_nothing(shop: Shop) -> None:
    """The events have no ids of their own: those of their letters must stay the same in every replay."""
    count = 3_000
    moment = time.time_ns() // 1000
    said = [json.dumps(view(None, properties={"product_id": f"p-{number}"})).encode() for number in range(count)]
    letters = [DeadLetter(shop.name, "admission", "x", "", "", raw, moment, "write", envelope=b"{}") for raw in said]
    put(embedded(shop), *letters)
    line = [str(FOOTFALL), "dead-letters", "replay", "--all", "--store", shop.name, "--data", str(embedded(shop).data)]
    with letters_of(embedded(shop)) as kept:
        for _ in range(3):
            before = kept.count(shop.name)
            with subprocess.Popen(line, stdout=subprocess.DEVNULL) as running:
                wait_for_fewer(kept, shop.name, before)
                running.kill()
        assert 0 < kept.count(shop.name) < count
        put(embedded(shop), *letters[:500])  # some that went already are there again
    assert shop.product.command(*line[1:-2]).splitlines()[-1].endswith("refused again 0")
    assert listed(shop) == []
    shop.settle()
    facts = shop.items(f"/customers/{shop.customer('ada')['customer_id']}/events", limit=1000)
    assert sorted(fact["properties"]["product_id"] for fact in facts) == sorted(f"p-{n}" for n in range(count))


# Poison


def test_poison_of_the_aggregator_is_a_letter_and_its_neighbours_are_recorded(shop: Shop) -> None:
    append(
        embedded(shop),
        accepted(shop, "m-1"),
        accepted(shop, "poison", fact="FromTheFuture:1"),
        accepted(shop, "m-2"),
    )
    assert message_ids(shop) == ["m-1", "m-2"]
    (item,) = listed(shop, "--stage", "aggregate")
    assert (item["code"], item["message"]) == ("poison", "Unrecordable: this version knows no fact FromTheFuture:1")
    assert shop.status()["dead_letters"] == 1
    before = answers(shop)
    for _ in range(2):
        done = shop.product.run("dead-letters", "replay", item["id"])
        assert done.returncode == AGAIN
        assert "refused again: Unrecordable" in done.stdout
    assert (answers(shop), len(listed(shop))) == (before, 1)
    said = json.loads(shop.product.command("dead-letters", "show", item["id"], "--json"))
    assert json.loads(said["raw"])["message_id"] == "poison"


def test_an_accepted_event_is_replayed_once(shop: Shop) -> None:
    """As after an upgrade: what could not be recorded then can be now."""
    shop.send(view("m-1"))
    letter = accepted_letter(Poisoned(0, accepted(shop, "m-2"), ValueError("an older version")))
    for _ in range(3):
        put(embedded(shop), letter)
        shop.product.command("dead-letters", "replay", "--all", "--store", shop.name, "--stage", "aggregate")
        assert message_ids(shop) == ["m-1", "m-2"]
    assert listed(shop) == []


def project_letter(shop: Shop, notification_id: int) -> DeadLetter:
    return DeadLetter(
        shop.name, "project", "poison", "", "", b"{}", time.time_ns() // 1000, notification_id=notification_id
    )


def test_a_fact_without_a_row_is_projected_again(shop: Shop) -> None:
    append(embedded(shop), accepted(shop, "m-1"), accepted(shop, "poison", message=msgspec.Raw(b"5")))
    assert message_ids(shop) == ["m-1"]
    (item,) = listed(shop)
    assert (item["stage"], item["code"]) == ("project", "poison")
    done = shop.product.run("dead-letters", "replay", item["id"])
    assert done.returncode == AGAIN
    assert "refused again: ValidationError" in done.stdout
    before = answers(shop)
    verdict = shop.product.command("verify")
    assert "notifications have no row: they are dead letters of the stage project" in verdict
    assert "missing" not in verdict
    with letters_of(embedded(shop)) as letters:
        kept = letters.get(item["id"])
    assert kept is not None
    put(embedded(shop), project_letter(shop, kept.letter.notification_id - 1))
    done = shop.product.run("dead-letters", "replay", "--all", "--store", shop.name)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (AGAIN, "replayed 1, events 1, refused again 1")
    assert answers(shop) == before


def test_too_much_poison_ends_the_aggregator_and_moves_nothing(own_product: RunningProduct) -> None:
    own_product.start()
    shop = own_product.first_store()
    shop.send(view("before"))
    shop.settle()
    append(own_product, *(accepted(shop, f"p-{number}", fact="FromTheFuture:1") for number in range(50)))
    eventually(lambda: "worker.stays_ended" in own_product.last_words(), 20, "the end of the aggregator")
    assert '"event": "worker.too_much_poison"' in own_product.last_words()
    shop.send(view("after"))
    status = shop.status()
    assert (status["settled"], status["dead_letters"], status["recorded"]) == (False, 0, 1)
    assert own_product.stop() in (0, 130)


# discard


def test_letters_are_discarded_by_id_or_all_at_once(shop: Shop) -> None:
    shop.send(*(view(f"m-{number}", userId=None) for number in range(3)), view("m-3", properties="none"))
    wrong, *rest = listed(shop)
    assert wrong["code"] == "wrong_type"
    assert shop.product.command("dead-letters", "discard", rest[0]["id"]) == "discarded 1\n"
    asked = shop.product.run("dead-letters", "discard", "--all", "--store", shop.name)
    assert asked.returncode == 130
    assert f"Discard all dead letters of store {shop.name} for good?" in asked.stderr
    assert len(listed(shop)) == 3
    words = ("dead-letters", "discard", "--all", "--yes", "--store", shop.name)
    assert shop.product.command(*words, "--code", "no_id") == "discarded 2\n"
    assert [item["code"] for item in listed(shop)] == ["wrong_type"]
    assert shop.product.command(*words) == "discarded 1\n"
    assert (listed(shop), shop.status()["dead_letters"]) == ([], 0)
