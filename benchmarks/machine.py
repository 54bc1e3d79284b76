"""What the figures depend on: the machine and the versions."""

from __future__ import annotations

import platform
import re
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("eventsourcing", "chdb", "clickhouse-driver", "uvicorn", "uvloop", "httptools", "fastapi", "msgspec")


def facts() -> list[tuple[str, str]]:
    """Return names and values."""
    return [
        ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("processor", f"{_processor()}, {psutil.cpu_count()} cores"),
        ("memory", f"{psutil.virtual_memory().total / 2**30:.0f} GiB"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("python", platform.python_version()),
        *((package, version(package)) for package in PACKAGES),
        ("ClickHouse", _engine()),
        ("SQLite", sqlite3.sqlite_version),
    ]


def _processor() -> str:
    said = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", said.read_text(encoding="utf-8")) if said.exists() else None
    return found.group(1) if found else platform.processor()


def _engine() -> str:
    """Ask the engine in a process of its own: it takes 300 MB."""
    ask = "import chdb; print(chdb.engine_version)"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-c", ask], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
