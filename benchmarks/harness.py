"""What a measurement is: interleaved with its floor, repeated, judged by a bound. Knows nothing of what is measured."""

from __future__ import annotations

import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import ParamSpec, TypeVar

from benchmarks.sizes import Sizes

ROOT = Path(__file__).resolve().parents[1]
P = ParamSpec("P")
T = TypeVar("T")


class Skipped(Exception):
    """A measurement that cannot be taken here; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table."""

    what: str
    floor: str
    ours: str
    ratio: str
    demand: str
    held: bool | None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Say whether the demand is held."""
        return {True: "yes", False: "NO", None: "-"}[self.held]


@dataclass(slots=True)
class Bench:
    """One run: how large it is, and what a later row takes from an earlier one."""

    sizes: Sizes
    sustained_rate: float | None = None
    said: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Tell on standard error how it goes."""
        print(f"  {text}", file=sys.stderr, flush=True)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Give a new folder on the disk of the work tree (never in memory), and take it away again."""
        home = ROOT / "build"
        home.mkdir(exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix="bench-", dir=home))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


Benchmark = Callable[[Bench], Sequence[Result]]


def interleaved(
    bench: Bench, floor: Callable[[], float], ours: Callable[[], float], unit: str = "/s"
) -> tuple[float, float]:
    """Return the medians of floor and ours, measured in turns: A B A B ..."""
    floors, own = [], []
    for _ in range(bench.sizes.repeats):
        floors.append(floor())
        own.append(ours())
        bench.say(f"floor {floors[-1]:,.0f} {unit}, ours {own[-1]:,.0f} {unit}")
    return median(floors), median(own)


def rates(what: str, unit: str, measured: tuple[float, float], at_least: float, note: str = "") -> Result:
    """Return the result of comparing two rates."""
    floor, ours = measured
    ratio = ours / floor
    held = ratio >= at_least
    return Result(what, f"{floor:,.0f} {unit}", f"{ours:,.0f} {unit}", f"{ratio:.2f}", f"{at_least:g}", held, note)


@contextmanager
def processes(count: int = 1) -> Iterator[ProcessPoolExecutor]:
    """Give processes of their own, started from nothing."""
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def alone(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in a process of its own and return what it returns."""
    with processes() as pool:
        future: Future[T] = pool.submit(function, *args, **kwargs)
        return future.result()


def seconds(function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    function(*args, **kwargs)
    return time.perf_counter() - began
