"""Apache Kafka's jars, by Maven: copied once into the user's cache folder and checked against their digests."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from footfall.cluster.components import require
from schemas.errors import FootfallError

_HERE = Path(__file__).parent
POM, DIGESTS = _HERE / "kafka_pom.xml", _HERE / "kafka_jars.sha256"


def jars() -> Path:
    """Return the folder of the jars, filled where it is not yet; raises ComponentMissing, or what Maven said."""
    require(("java", "mvn"))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "footfall"
    folder = cache / f"kafka-{hashlib.sha256(DIGESTS.read_bytes()).hexdigest()[:16]}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as draft:
            _copy(Path(draft) / "lib")
            _check(Path(draft) / "lib")
            _put(Path(draft) / "lib", folder)
    return folder


def _copy(to: Path) -> None:
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={to}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FootfallError(f"Maven could not bring Kafka's jars:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _check(folder: Path) -> None:
    wanted = {name: digest for digest, name in (line.split() for line in DIGESTS.read_text().splitlines())}
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if wrong:
        raise FootfallError(f"Maven brought other jars than {DIGESTS.name} says: {', '.join(wrong)}")


def _put(draft: Path, folder: Path) -> None:
    """Make the folder appear whole; of two processes the first one's stands."""
    try:
        draft.rename(folder)
    except OSError:
        if not folder.exists():
            raise
