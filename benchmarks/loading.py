"""What the snippet costs a page: its bytes, and the time that it takes from the main thread while a page loads.

Ours is the built snippet. The floor is what others ask a page to load (`libraries.py`), unchanged from npm, each file
as published or as esbuild minifies it, whichever is smaller. All run in the same Chromium, in turns, in a new browser
context a load (no cache, no compiled code), and each has to send its page view to count. Bytes are those of all scripts
that the page loaded. Time is read from the browser's trace: script time is that in which the main thread compiled or
ran JavaScript, the longest task is the longest that ran any.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

import cramjam
from playwright.sync_api import Browser, sync_playwright

from benchmarks.harness import Bench, Result, Skipped
from benchmarks.libraries import OTHERS, OURS, Library, install
from benchmarks.page_server import PageServer
from footfall.cluster.components import ComponentMissing, find

MOST_BYTES = 5 * 1024
MOST_TASK = 10.0
SCRIPTS = {"EvaluateScript", "FunctionCall", "RunMicrotasks", "v8.compile", "v8.compileModule", "v8.evaluateModule"}
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
HEARD_SECONDS, AFTER_MS = 10.0, 500.0
"""How long a page view may take to arrive, and how long the trace goes on then."""


class Load(NamedTuple):
    """One load, in milliseconds: of the clock, and what of the script time the processor worked."""

    script: float
    longest: float
    worked: float


class Weight(NamedTuple):
    """Bytes of what a page loads."""

    raw: int
    gzip: int
    brotli: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What a library costs."""

    weight: Weight
    script: float
    longest: float
    worked: float

    def __str__(self) -> str:
        return f"{self.weight.gzip:,} bytes, {self.script:.1f} ms, longest task {self.longest:.1f} ms"


def snippet(bench: Bench) -> Sequence[Result]:
    """The snippet in a page, beside other libraries: bytes and main-thread time."""
    install()
    with ExitStack() as stack:
        browser = stack.enter_context(_chromium())
        servers = {each.title: stack.enter_context(PageServer(each).running()) for each in (OURS, *OTHERS)}
        loads: dict[str, list[Load]] = {title: [] for title in servers}
        for turn in range(bench.sizes.page_loads):
            for title, server in servers.items():
                loads[title].append(load(browser, server))
            bench.say(f"{turn + 1}: " + ", ".join(f"{title} {all_[-1].script:.1f} ms" for title, all_ in loads.items()))
        measured = {title: _measured(servers[title], loads[title]) for title in servers}
    ours = measured[OURS.title]
    return [*_alone(ours), *(_beside(each, measured[each.title], ours) for each in OTHERS)]


def _measured(server: PageServer, loads: Sequence[Load]) -> Measured:
    scripts = server.scripts()
    weight = Weight(
        sum(len(script) for script in scripts),
        sum(len(bytes(cramjam.gzip.compress(script, level=9))) for script in scripts),
        sum(len(bytes(cramjam.brotli.compress(script, level=11))) for script in scripts),
    )
    return Measured(weight, *(median(figures) for figures in zip(*loads, strict=True)))


def _alone(ours: Measured) -> Sequence[Result]:
    """Return what is asked of the snippet by itself."""
    weight = ours.weight
    return [
        Result(
            "the snippet's bytes, gzip",
            "-",
            f"{weight.gzip:,} bytes",
            "-",
            f"at most {MOST_BYTES:,} bytes",
            weight.gzip <= MOST_BYTES,
            f"{weight.raw:,} bytes raw, {weight.brotli:,} brotli",
        ),
        Result(
            "longest task of the snippet while a page loads",
            "-",
            f"{ours.longest:.1f} ms",
            "-",
            f"at most {MOST_TASK:g} ms",
            ours.longest <= MOST_TASK,
            f"script time {ours.script:.1f} ms, of which the processor worked {ours.worked:.1f}",
        ),
    ]


def _beside(library: Library, theirs: Measured, ours: Measured) -> Result:
    """Return the comparison with one: of those with e-commerce the snippet has to be smaller and quicker."""
    better = ours.weight.gzip < theirs.weight.gzip and ours.script < theirs.script
    ratios = f"{ours.weight.gzip / theirs.weight.gzip:.2f} bytes, {ours.script / theirs.script:.2f} time"
    demand, held = ("smaller and quicker", better) if library.ecommerce else ("-", None)
    note = f"theirs {theirs.weight.raw:,} bytes raw, {theirs.weight.brotli:,} brotli, processor {theirs.worked:.1f} ms"
    said = note if library.ecommerce else f"{note}; has no e-commerce events"
    return Result(f"the snippet beside {library.title}", str(theirs), str(ours), ratios, demand, held, said)


@contextmanager
def _chromium() -> Iterator[Browser]:
    """Give the machine's Chromium; raises Skipped."""
    try:
        program = find("chromium")
    except ComponentMissing as missing:
        raise Skipped(str(missing)) from missing
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def load(browser: Browser, server: PageServer) -> Load:
    """Load the page once in a browser context of its own, and read its trace."""
    context = browser.new_context()
    page = context.new_page()
    server.heard.clear()
    browser.start_tracing(page=page, categories=CATEGORIES)
    try:
        page.goto(server.url)
        if not server.heard.wait(HEARD_SECONDS):
            raise RuntimeError(f"{server.library.name} sent no page view within {HEARD_SECONDS:g} s")
        page.wait_for_timeout(AFTER_MS)
    finally:
        trace = browser.stop_tracing()
        context.close()
    return read(json.loads(trace)["traceEvents"], server.url)


def read(events: Sequence[Mapping[str, Any]], page: str) -> Load:
    """Return what a trace says of a page's main thread; the browser's own pages, and helping threads, do not count."""
    whole = [event for event in events if event.get("ph") == "X" and event.get("dur")]
    main = next(_thread(event) for event in whole if event["name"] == "EvaluateScript" and _url(event).startswith(page))
    mine = [event for event in whole if _thread(event) == main]
    scripts = [event for event in mine if event["name"] in SCRIPTS]
    clock, processor = _united(scripts, "ts", "dur"), _united(scripts, "tts", "tdur")
    tasks = [event for event in mine if event["name"] == "RunTask"]
    busy = [task["dur"] for task in tasks if any(0 <= start - task["ts"] < task["dur"] for start, _ in clock)]
    return Load(_length(clock), max(busy) / 1000, _length(processor))


def _thread(event: Mapping[str, Any]) -> tuple[int, int]:
    return event["pid"], event["tid"]


def _url(event: Mapping[str, Any]) -> str:
    return str(event["args"]["data"].get("url", ""))


def _united(events: Iterable[Mapping[str, Any]], start: str, length: str) -> list[tuple[int, int]]:
    """Return when something ran, by one of the trace's clocks: a script that calls another is busy once."""
    united: list[tuple[int, int]] = []
    for began, ended in sorted((event[start], event[start] + event.get(length, 0)) for event in events):
        if united and began <= united[-1][1]:
            united[-1] = (united[-1][0], max(ended, united[-1][1]))
        else:
            united.append((began, ended))
    return united


def _length(spans: Iterable[tuple[int, int]]) -> float:
    """Return the milliseconds of spans in microseconds."""
    return sum(end - start for start, end in spans) / 1000
