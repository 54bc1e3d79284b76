"""Programs of the machine that the cluster and the tests need: `python -m footfall.cluster.components` installs what is
missing.

As root on Debian by apt-get; elsewhere it names the packages and ends with exit code 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from schemas.errors import FootfallError

OF_CLUSTER: Mapping[str, str] = {"java": "default-jre-headless", "mvn": "maven", "postgres": "postgresql"}
"""The programs that a cluster needs, and the Debian packages that bring them."""

PACKAGES: Mapping[str, str] = {**OF_CLUSTER, "chromium": "chromium"}
"""Those and what tests need besides: the one list."""

FOLDERS = "usr/lib/postgresql/*/bin"
"""Where Debian keeps programs that are in no search path."""


class ComponentMissing(FootfallError):
    """A program of the machine is missing; the message names the package that brings it."""


def find(program: str) -> str:
    """Return the path of a program; raises ComponentMissing."""
    path = _path(program)
    if path is None:
        raise ComponentMissing(f"{program} is missing: install Debian's {PACKAGES.get(program, 'postgresql')}")
    return path


def _path(program: str) -> str | None:
    found = sorted(Path("/").glob(f"{FOLDERS}/{program}"), key=lambda path: int(path.parts[-3]))
    return shutil.which(program) or (str(found[-1]) if found else None)


def require(programs: Iterable[str]) -> None:
    """Raise ComponentMissing where one of the programs is not there."""
    missing = [program for program in programs if _path(program) is None]
    if missing:
        raise ComponentMissing("; ".join(f"{one} is missing: install Debian's {PACKAGES[one]}" for one in missing))


def install(programs: Iterable[str]) -> None:
    """Install what is missing where that is possible, then require all of it."""
    missing = [PACKAGES[program] for program in programs if _path(program) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        click.echo(f"installing {' '.join(missing)}")
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *words], stdout=subprocess.DEVNULL, check=False)
    require(programs)


if __name__ == "__main__":
    try:
        install(PACKAGES)
    except ComponentMissing as error:
        sys.exit(str(error))
