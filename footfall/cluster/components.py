"""Programs of the machine that the cluster needs: `python -m footfall.cluster.components` installs what is missing.

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

PACKAGES: Mapping[str, str] = {"java": "default-jre-headless", "mvn": "maven", "postgres": "postgresql"}
"""The one list of programs, and the Debian packages that bring them."""

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


def install() -> None:
    """Install what is missing where that is possible, then require all of it."""
    missing = [PACKAGES[program] for program in PACKAGES if _path(program) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        click.echo(f"installing {' '.join(missing)}")
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *words], stdout=subprocess.DEVNULL, check=False)
    require(PACKAGES)


if __name__ == "__main__":
    try:
        install()
    except ComponentMissing as error:
        sys.exit(str(error))
