"""Admission once more, for a dead letter of the collector: by the rules of today, as of the moment when it came in.

The same letter always gives the same events, so that a replay can be repeated. Where they go does not belong here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ingest.addresses import NOWHERE
from ingest.admission import Arrival, Rules, admit
from ingest.answers import Refusal
from ingest.batches import Batch, decode_body, read_batch
from ingest.consent import ConsentChoice
from ingest.formats import READERS
from ingest.kept_letters import KeptLetter
from ingest.ports import Caller, DeadLetter
from ingest.requests import unpacked
from ingest.salvage import Item, read_item
from ingest.sorting import Sorted, sort
from schemas.errors import InvalidInput
from schemas.facts import AcceptedEvent, KeyClass


class Readmitted(NamedTuple):
    """What became of a letter: the events that are taken now, and why the rest is not (empty where there is none)."""

    accepted: list[AcceptedEvent]
    refused: str


def readmit(kept: KeptLetter, rules: Rules, consent: ConsentChoice = ConsentChoice.RECORD) -> Readmitted:
    """Admit the event or the events of a letter. One by an older version, which does not say its sender, is taken as
    sent by a write key: that may do least.
    """
    letter = kept.letter
    caller = Caller(letter.store, KeyClass(letter.key_class or KeyClass.WRITE), consent=consent)
    connection = rules.addresses.origin(letter.ip) if letter.ip else NOWHERE
    arrival = Arrival(caller, letter.received_at, connection=connection, is_import=letter.is_import)
    try:
        if letter.type and letter.type not in READERS:
            value = decode_body(_text(letter), is_batch=False)
            return Readmitted([admit(_named(value, f"{kept.id}-0"), letter.type, arrival, rules)], "")
        batch = _batch(letter, kept.id)
        arrival = arrival._replace(sent_at=batch.sent_at, sent_at_said=batch.sent_at_said)
        return _readmitted(sort(batch, arrival, rules), len(batch.items))
    except InvalidInput as fault:
        return Readmitted([], str(fault))


def _text(letter: DeadLetter) -> bytes:
    try:
        return unpacked(letter.raw, None)
    except Refusal as refusal:
        raise InvalidInput(refusal.code, "", refusal.message) from None


def _batch(letter: DeadLetter, id_: str) -> Batch:
    if letter.envelope:
        value = {**decode_body(letter.envelope, is_batch=True), "batch": [read_item(letter.raw)]}
    else:
        text = _text(letter)
        value = decode_body(text, is_batch=True)
        if letter.type:
            return _all_named(READERS[letter.type](value, text, letter.received_at), id_)
        if not letter.key_class and value.__class__ is dict and "batch" not in value:
            value = {"batch": [value]}  # an older version did not keep what the batch of an event said
    return _all_named(read_batch(value), id_)


def _all_named(batch: Batch, id_: str) -> Batch:
    return batch._replace(items=[_named(item, f"{id_}-{index}") for index, item in enumerate(batch.items)])


def _named(item: Any, message_id: str) -> Any:
    """Return a message with an id: two replays of a message without one must be copies of each other."""
    if item.__class__ is Item:
        return item if item.fault else item._replace(value=_named(item.value, message_id))
    if item.__class__ is dict and item.get("messageId") in (None, ""):
        return {**item, "messageId": message_id}
    return item


def _readmitted(found: Sorted, count: int) -> Readmitted:
    if not found.refused:
        return Readmitted(found.accepted, "")
    first = found.refused[0]
    head = f"{len(found.refused)} of {count} events, the first at {first.place}: " if count > 1 else ""
    return Readmitted(found.accepted, f"{head}{first.fault}")
