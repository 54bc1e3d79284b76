"""docs/distributed.md names the services of docker-compose.yml, and its first command makes the .env that it needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from footfall.cluster.compose_file import read, services
from tests.docs.executing import ROOT

PAGE = (ROOT / "docs/distributed.md").read_text(encoding="utf-8")
SERVICES = read()["services"]


def test_what_runs_is_what_the_compose_file_runs() -> None:
    table = PAGE.partition("\n## What runs\n")[2].partition("\n\n| ")[0]
    ours = [name for name, each in SERVICES.items() if each["image"].startswith("footfall:")]
    assert sorted(re.findall(r"^\| `([\w-]+)` ", table, re.MULTILINE)) == sorted(ours)


def test_commands_name_services_that_are_there() -> None:
    named = re.findall(r"docker compose run --rm ([\w-]+)|--scale ([\w-]+)=", PAGE)
    assert named
    assert {name for pair in named for name in pair if name} <= set(SERVICES)


def test_the_ports_of_its_requests_are_published() -> None:
    published = {f"{port.split(':')[1]}" for each in SERVICES.values() for port in each.get("ports", ())}
    assert set(re.findall(r"http://127\.0\.0\.1:(\d+)/", PAGE)) == published


def test_its_command_makes_an_env_file_that_the_compose_file_takes(tmp_path: Path) -> None:
    command = next(line for line in PAGE.splitlines() if line.startswith("(umask"))
    shutil.copy(ROOT / "compose.env.example", tmp_path)
    openssl = tmp_path / "openssl"
    openssl.write_text(
        '#!/bin/sh\n[ "$*" = "rand -hex 32" ] && head -c 32 /dev/urandom | od -An -v -tx1 | tr -d " \\n"\n'
    )
    openssl.chmod(0o700)
    subprocess.run(["bash", "-ec", command], cwd=tmp_path, check=True, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    made = tmp_path / ".env"
    assert made.stat().st_mode & 0o777 == 0o600
    values = dict(line.split("=") for line in made.read_text().splitlines())
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in values.values())
    assert len(set(values.values())) == len(values)
    services(values)
