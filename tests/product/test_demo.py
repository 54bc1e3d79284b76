"""`make demo`, as a stranger meets it: what it prints is what the product answers, and it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from footfall.loopback import free_port
from tests.product.running import MARK, RunningProduct, Shop, eventually

pytestmark = [pytest.mark.product, pytest.mark.slow]

SECONDS = 120
COUNTS = ("customers", "events", "sessions", "orders", "revenue")
VISITORS = "8"


def command(data: Path, *options: str) -> list[str]:
    size = ("--visitors", VISITORS, "--port", str(free_port()))
    return [sys.executable, "-m", "footfall.demo", "--data", str(data), *size, *options]


def run(data: Path) -> str:
    done = subprocess.run(
        command(data, "--once"), capture_output=True, text=True, encoding="utf-8", timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return done.stdout


def counts(text: str) -> dict[str, str]:
    return {what: line for line in text.splitlines() for what in COUNTS if line.startswith(f"  {what}  ")}


def facts(text: str) -> str:
    found = re.search(r"([\d,]+) facts, 0 refused", text)
    assert found, text
    return found[1]


def printed_journey(text: str) -> list[str]:
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("Her journey"))
    last = next(number for number, line in enumerate(lines) if line.startswith("The same customer"))
    return [line for line in lines[first + 1 : last] if line]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def first(data: Path) -> str:
    return run(data)


@dataclass(frozen=True)
class Answers:
    journey: dict[str, list[dict[str, Any]]]
    customers: list[dict[str, Any]]


@pytest.fixture(scope="module")
def answers(data: Path, first: str) -> Answers:
    """What `footfall up` on the demo's data answers."""
    product = RunningProduct(data)
    try:
        product.start()
        shop = product.first_store()
        return Answers(whole_journey(shop), shop.items("/customers", limit=7))
    finally:
        product.close()


def whole_journey(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    customer = shop.customer("ada-winter")["customer_id"]
    parts: dict[str, list[dict[str, Any]]] = {"sessions": [], "outside_sessions": []}
    cursor: dict[str, str] = {}
    while True:
        page = shop.get(f"/customers/{customer}/journey", limit=3, **cursor)
        for part, found in parts.items():
            found.extend(page[part])
        if page["next_cursor"] is None:
            return parts
        cursor = {"cursor": page["next_cursor"]}


def test_the_printed_journey_is_the_one_that_the_api_answers(first: str, answers: Answers) -> None:
    journey = answers.journey
    printed = printed_journey(first)
    assert len(journey["sessions"]) == 8
    titles = [line for line in printed if re.match(r"  \w{3} +\d+ \w{3} \d\d:\d\d  .* · ", line)]
    assert len(titles) == 8
    for session, title in zip(reversed(journey["sessions"]), titles, strict=True):
        assert f"{datetime.fromisoformat(session['started_at']):%b %H:%M}  {session['channel']}" in title
        assert all(amount in title for amount in session["revenue"].values())
    steps = [step for session in reversed(journey["sessions"]) for step in session["steps"]]
    lines = [line.split(maxsplit=1) for line in printed if re.match(r" {6}\d\d:\d\d:\d\d  ", line)]
    told = [step for step in steps if step["name"] != "page"]
    said = [(time, name) for time, name in lines if not name.startswith("page ")]
    assert len(said) == len(told)
    for step, (time, name) in zip(told, said, strict=True):
        assert time == f"{datetime.fromisoformat(step['at']):%H:%M:%S}"
        assert name.startswith(step["name"])
        assert not step["order_id"] or step["order_id"] in name
    outside = [line for line in printed if line not in titles and re.match(r"  \w{3} +\d+ ", line)]
    assert len(outside) == len(journey["outside_sessions"])
    for fact, line in zip(reversed(journey["outside_sessions"]), outside, strict=True):
        assert fact["name"] in line


def test_the_printed_counts_are_those_of_the_api(first: str, answers: Answers) -> None:
    customers = answers.customers
    printed = {what: line.split()[1].replace(",", "") for what, line in counts(first).items()}
    assert printed["customers"] == str(len(customers))
    assert printed["events"] == str(sum(each["events"] for each in customers))
    assert printed["orders"] == str(sum(each["orders"]["count"] for each in customers))


def test_the_readme_shows_the_beginning_of_what_the_demo_prints(first: str) -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"```text\n(.*?)```", readme, re.DOTALL)[0].splitlines()
    printed = printed_journey(first)
    assert [timeless(line) for line in shown if line] == [timeless(line) for line in printed][
        : len(shown) - shown.count("")
    ]


def timeless(line: str) -> str:
    return re.sub(r"\w{3} +\d+ \w{3} \d\d:\d\d|\d\d:\d\d:\d\d", "TIME", line).strip()


def test_the_real_visitors_get_as_far_as_published(first: str) -> None:
    funnel = first[first.index("20 real visitors (OTTO") :]
    assert re.findall(r"^  (Product Viewed|Product Added|Order Completed) +(\d+) ", funnel, re.MULTILINE) == [
        ("Product Viewed", "144"),
        ("Product Added", "19"),
        ("Order Completed", "3"),
    ]


def test_a_second_demo_on_the_same_data_changes_no_count(data: Path, first: str) -> None:
    second = run(data)
    assert set(counts(first)) == set(COUNTS)
    assert counts(second) == counts(first)
    assert facts(second) == facts(first)
    assert printed_journey(second) == printed_journey(first)


def test_it_keeps_running_until_ctrl_c_and_leaves_no_process(data: Path, first: str, tmp_path: Path) -> None:
    log = tmp_path / "demo.log"
    with log.open("wb") as out:
        demo = subprocess.Popen(
            command(data), stdout=out, stderr=out, env={**os.environ, MARK: str(tmp_path)}, start_new_session=True
        )
    eventually(lambda: "Ctrl-C ends the demo" in log.read_text(encoding="utf-8"), SECONDS, "the end of the tour")
    assert demo.poll() is None
    shop = line_of(log, "the shop")
    assert f'src="{line_of(log, "address")}/footfall.js" data-key="{line_of(log, "write key")}"' in read(shop)
    assert "<h1>" in read(line_of(log, "what is known"))
    os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: all of its processes get it
    assert demo.wait(30) == 0
    with pytest.raises(URLError):
        read(shop)
    assert "Traceback" not in log.read_text(encoding="utf-8")
    assert not [process for process in psutil.process_iter() if _is_of(process, tmp_path)]


def line_of(log: Path, label: str) -> str:
    found = re.search(rf"^  {label}  +(\S+)$", log.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, label
    return found[1]


def read(address: str) -> str:
    with urlopen(address, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def test_ctrl_c_in_the_middle_of_sending_ends_it_as_cleanly(tmp_path: Path) -> None:
    log = tmp_path / "demo.log"
    with log.open("wb") as out:
        demo = subprocess.Popen(
            command(tmp_path / "data"),
            stdout=out,
            stderr=out,
            env={**os.environ, MARK: str(tmp_path)},
            start_new_session=True,
        )
    eventually(lambda: "of a simulated shop" in log.read_text(encoding="utf-8"), SECONDS, "the start of the tour")
    os.killpg(demo.pid, signal.SIGINT)
    assert demo.wait(30) in (0, 130)
    assert "Traceback" not in log.read_text(encoding="utf-8")
    assert not [process for process in psutil.process_iter() if _is_of(process, tmp_path)]


def _is_of(process: psutil.Process, mark: Path) -> bool:
    try:
        return process.environ().get(MARK) == str(mark) and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False
