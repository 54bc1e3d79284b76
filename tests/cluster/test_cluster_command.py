"""`make cluster`, as a stranger meets it: it starts, goes on where it was, and leaves no process behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cluster.conftest import needs
from tests.product.running import MARK, eventually, has_ended

pytestmark = [pytest.mark.product, pytest.mark.slow]

ENDED = "Ctrl-C ends it"
ANY_PORTS = ("--port", "0", "--query-port", "0")


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start it on a folder, on any free ports, and end it in any case."""
    line = [*command(folder), *ANY_PORTS]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env={**os.environ, MARK: str(folder)}) as cluster:
        try:
            yield cluster
        finally:
            cluster.kill()


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "footfall.cluster", "--folder", str(folder)]


def said(cluster: subprocess.Popen[str]) -> str:
    """Return what it prints until it is up."""
    assert cluster.stdout
    lines: list[str] = []
    for line in cluster.stdout:
        lines.append(line)
        if ENDED in line:
            return "".join(lines)
    raise AssertionError(f"it did not come up: {''.join(lines)}")


def value(text: str, name: str) -> str:
    found = re.search(rf"^  {name} +(\S+)$", text, re.MULTILINE)
    assert found, text
    return found[1]


def left(folder: Path) -> list[psutil.Process]:
    """Return the processes that it started, whoever their parent is by now."""
    return [process for process in psutil.process_iter() if is_of(process, folder) and not has_ended(process)]


def is_of(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.environ().get(MARK) == str(folder)
    except (psutil.Error, OSError):
        return False


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    needs("java", "mvn", "postgres")
    yield tmp_path / "cluster"
    subprocess.run([*command(tmp_path / "cluster"), "--remove"], check=True)


def test_it_goes_on_where_it_was_after_a_kill_and_leaves_nothing_running(folder: Path) -> None:
    with started(folder) as cluster:
        first = said(cluster)
        assert len(left(folder)) >= len(("cluster", "kafka", "postgres", "clickhouse")) + 5
        event = {"userId": "ada", "event": "Product Viewed"}
        key = value(first, "write key")
        assert httpx.post(f"{value(first, 'collector')}/v1/track", json=event, auth=(key, "")).status_code == 200
        cluster.kill()
        eventually(lambda: not left(folder), 10, "the end of its processes")
    with started(folder) as cluster:
        second = said(cluster)
        assert value(second, "write key") == key
        api = f"{value(second, 'query API')}/api/v1"
        head = {"Authorization": f"Bearer {value(second, 'query token')}"}
        eventually(lambda: httpx.get(f"{api}/status", headers=head, timeout=30).json()["settled"], 90, "the settling")
        assert httpx.get(f"{api}/customers/by/user_id/ada", headers=head).json()["events"] == 1
        other = subprocess.run([*command(folder), *ANY_PORTS], capture_output=True, text=True, check=False)
        assert other.returncode == 1
        assert f"process {cluster.pid}" in other.stderr
        cluster.send_signal(signal.SIGINT)
        assert cluster.wait(60) == 0
        assert not left(folder)


def test_the_demo_goes_through_it_and_gets_its_answers(folder: Path) -> None:
    line = [sys.executable, "-m", "footfall.demo.on_cluster", "--folder", str(folder), *ANY_PORTS]
    done = subprocess.run(
        [*line, "--visitors", "8", "--once"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, MARK: str(folder)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"all in the answers .* later: [\d,]+ facts, 0 refused", done.stdout)
    assert "orders          2 for 213.67 EUR, of which 93.39 EUR was refunded" in done.stdout
    assert not left(folder)
