"""How large each measurement is: the full run, a quick one that smokes things out, and the tiniest that still runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of events, customers, repetitions and seconds."""

    repeats: int = 3
    connections: tuple[int, ...] = (64, 256)
    wrk_seconds: int = 8
    pipeline_events: int = 100_000
    save_events: int = 60_000
    aggregator_events: int = 60_000
    long_history: int = 100_000
    appends: int = 100
    insert_events: int = 50_000
    rebuild_events: int = 5_000_000
    rebuild_customers: int = 200_000
    refill_events: int = 100_000
    profile_requests: int = 300
    erased_events: int = 10_000
    latency_seconds: float = 60.0
    merged_events: int = 10_000
    memory_events: tuple[int, int] = (1_000_000, 5_000_000)
    cluster_events: int = 60_000
    soak_seconds: float = 1_800.0
    page_loads: int = 11


FULL = Sizes()

QUICK = Sizes(
    repeats=1,
    connections=(64,),
    wrk_seconds=3,
    pipeline_events=20_000,
    save_events=18_000,
    aggregator_events=20_000,
    long_history=20_000,
    appends=50,
    insert_events=20_000,
    rebuild_events=500_000,
    rebuild_customers=20_000,
    refill_events=20_000,
    profile_requests=100,
    erased_events=10_000,
    latency_seconds=10.0,
    merged_events=10_000,
    memory_events=(10_000, 50_000),
    cluster_events=20_000,
    soak_seconds=60.0,
    page_loads=3,
)

TINY = Sizes(
    repeats=1,
    connections=(4,),
    wrk_seconds=1,
    pipeline_events=400,
    save_events=600,
    aggregator_events=400,
    long_history=500,
    appends=3,
    insert_events=400,
    rebuild_events=2_000,
    rebuild_customers=100,
    refill_events=400,
    profile_requests=5,
    erased_events=100,
    latency_seconds=2.0,
    merged_events=200,
    memory_events=(200, 400),
    cluster_events=400,
    soak_seconds=5.0,
    page_loads=1,
)
