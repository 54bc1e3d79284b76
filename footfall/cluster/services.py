"""The processes of the distributed mode on this machine: started by their commands, and anew when they end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from footfall.children import Child

FOOTFALL = Path(sys.executable).with_name("footfall")


def service(name: str, words: Sequence[str], environment: Mapping[str, str], logs: Path) -> Child:
    """Return a process that runs a command line with these variables; what it says is in `logs`/`name`.log."""

    def spawn() -> subprocess.Popen[bytes]:
        with (logs / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "footfall.cluster.child", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **environment},
            )

    return Child(name, spawn)
