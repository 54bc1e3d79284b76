"""requirements-run.lock: what is in the image. All that the distributed mode loads, and no tool of the tests."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODULES = ("cli", "distributed.commands", "distributed.connected", "distributed.installation")


def pins(file: str) -> dict[str, str]:
    """Return the versions of a lock by name."""
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", (ROOT / file).read_text(), re.MULTILINE))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_its_versions_are_those_that_are_tested() -> None:
    assert pins("requirements-run.lock").items() <= pins("requirements.lock").items()


def test_it_holds_neither_the_embedded_modes_clickhouse_nor_tools_of_the_tests() -> None:
    for name in ("chdb", "chdb-core", "pandas", "pytest", "mypy", "hypothesis", "ruff", "check-jsonschema", "httpx"):
        assert name not in pins("requirements-run.lock")


def test_it_holds_all_that_the_processes_load() -> None:
    """They load where nothing but the lock can be imported; what is optional to a library may be missing."""
    there = {*pins("requirements-run.lock"), "footfall"}
    hidden = {module: None for module, names in packages_distributions().items() if not {*map(normal, names)} & there}
    assert "chdb" in hidden
    code = f"import sys; sys.modules |= {hidden}; import {', '.join(f'footfall.{name}' for name in MODULES)}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
