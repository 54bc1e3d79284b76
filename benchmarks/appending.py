"""Row 5: what an append costs a customer with a long history, against one with 10 events; through the aggregator.

In turns within one process: the long one, then a short one that is used once. Both are known to the process, as live
ones are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.harness import Bench, Result, alone, seconds
from benchmarks.messages import Traffic, accepted
from benchmarks.seeding import Writer, chunks
from footfall.data_folder import DataFolder
from schemas.facts import AcceptedEvent

AT_MOST = 1.5
SHORT = 10
BATCHES = (1, 100)


def append(bench: Bench) -> Sequence[Result]:
    """Batches of 1 and of 100."""
    with bench.folder() as folder:
        measured = alone(_measure, folder, bench.sizes.long_history, bench.sizes.appends)
    return [_result(bench, batch, *times) for batch, times in measured.items()]


def _result(bench: Bench, batch: int, short: float, long: float) -> Result:
    ratio = long / short
    return Result(
        f"append {batch} to a customer with {bench.sizes.long_history:,} events",
        f"{short * 1e3:.2f} ms with {SHORT}",
        f"{long * 1e3:.2f} ms",
        f"{ratio:.2f}",
        f"at most {AT_MOST:g}",
        ratio <= AT_MOST,
    )


def _measure(path: Path, history: int, appends: int) -> dict[int, tuple[float, float]]:
    """Return the median seconds of an append to a short and to the long history, by size of the batch."""
    writer = Writer(DataFolder(path).make())
    for chunk in chunks(_of_one("long", history)):
        writer.record(chunk)
    return {batch: _in_turns(writer, batch, appends) for batch in BATCHES}


def _in_turns(writer: Writer, batch: int, appends: int) -> tuple[float, float]:
    short, long = [], []
    for number in range(appends):
        name = f"short-{batch}-{number}"
        writer.record(list(_of_one(name, SHORT)))
        more_long, more_short = list(_of_one("long", batch)), list(_of_one(name, batch))
        long.append(seconds(writer.record, more_long))
        short.append(seconds(writer.record, more_short))
    return median(short), median(long)


def _of_one(name: str, events: int) -> Iterator[AcceptedEvent]:
    """Return events of one customer; calling it again gives new messages of the same customer."""
    for event in accepted(Traffic(events)):
        yield _renamed(event, name)


def _renamed(event: AcceptedEvent, name: str) -> AcceptedEvent:
    """Return the event as that of a named customer; the message keeps its text, which is as long."""
    stream = event.stream._replace(id=name)
    return AcceptedEvent(
        store=event.store,
        key_class=event.key_class,
        stream=stream,
        claims=event.claims,
        name=event.name,
        fact=event.fact,
        message_id=event.message_id,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        message=event.message,
    )
