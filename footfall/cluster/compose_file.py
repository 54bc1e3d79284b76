"""docker-compose.yml, as far as it says how the processes of Footfall are run: commands, variables, checks, ports."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import FootfallError

reader: Any = None
try:
    from ruamel.yaml import YAML

    reader = YAML(typ="safe", pure=True)
except ImportError:  # it is no dependency of the product
    pass

FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
MISSING = (
    f"{FILE} says how the processes are run: a checkout has it, and `make setup` brings what reads it (ruamel.yaml)"
)
OURS = "footfall:"
"""How the names of our images begin."""

PREPARE = "prepare"
"""The service that runs once, before the others."""

_VARIABLE = re.compile(r"\$\{(\w+):\?[^}]*\}")


@dataclass(frozen=True)
class Service:
    """How one process is run. `published` is the port of the machine that is passed on to it, if any."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    check: Sequence[str]
    published: int | None


def services(secrets: Mapping[str, str]) -> dict[str, Service]:
    """Return our services by name, with the secrets where the file refers to them; raises FootfallError."""
    return {
        name: _service(name, each, secrets)
        for name, each in read()["services"].items()
        if each["image"].startswith(OURS)
    }


def read() -> dict[str, Any]:
    """Return the whole file, as it stands there."""
    if reader is None or not FILE.exists():
        raise FootfallError(MISSING)
    content: dict[str, Any] = reader.load(FILE)
    return content


def _service(name: str, said: Mapping[str, Any], secrets: Mapping[str, str]) -> Service:
    environment = {key: _filled(value, secrets) for key, value in said["environment"].items()}
    check = said.get("healthcheck", {}).get("test", ["CMD"])[1:]
    ports = [int(port.split(":")[1]) for port in said.get("ports", ())]
    return Service(name, said["command"], environment, check, next(iter(ports), None))


def _filled(text: str, secrets: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda variable: secrets[variable[1]], text)
