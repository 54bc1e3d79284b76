"""The processes of docker-compose.yml on this machine: their commands and variables, over servers that listen here."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from footfall.cluster.compose_file import PREPARE, Service, services
from footfall.cluster.servers import Servers
from footfall.cluster.services import FOOTFALL, service
from footfall.loopback import HOST
from schemas.errors import FootfallError

READY_SECONDS = 90.0


class LocalServices:
    """`prepare` them once the servers run, `start` and `stop` them.

    What differs from docker-compose.yml: the servers' addresses, and the address that a process listens on. `ports`
    names the port of each service that listens.
    """

    def __init__(self, servers: Servers, ports: Mapping[str, int], settings: Mapping[str, str] | None = None) -> None:
        """`settings` are variables besides those of the file."""
        self._found = services(servers.secrets())
        self._addresses = servers.addresses()
        self._ports = ports
        self._own = {"FOOTFALL_DATA": str(servers.folder), **(settings or {})}
        self._logs = servers.folder
        self._running = {
            name: service(name, [str(FOOTFALL), *each.command], self.environment(name), self._logs)
            for name, each in self._found.items()
            if name != PREPARE
        }

    @property
    def names(self) -> Sequence[str]:
        """Return the names of the processes."""
        return list(self._running)

    def environment(self, name: str) -> dict[str, str]:
        """Return the variables of a process."""
        found = {key: self._here(value) for key, value in self._found[name].environment.items()}
        if name in self._ports:
            found |= {"FOOTFALL_HOST": HOST, "FOOTFALL_PORT": str(self._ports[name])}
        return found | self._own

    def url(self, name: str) -> str:
        """Return the address of a process that listens."""
        return f"http://{HOST}:{self._ports[name]}"

    def pid(self, name: str) -> int | None:
        """Return the process id of a process while it runs."""
        return self._running[name].pid

    def prepare(self) -> None:
        """Run what runs before the processes; raises FootfallError with what it said."""
        command = [str(FOOTFALL), *self._found[PREPARE].command]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **self.environment(PREPARE)}
        )
        if done.returncode != 0:
            raise FootfallError(f"footfall {' '.join(self._found[PREPARE].command)}: {done.stdout}{done.stderr}")

    def start(self) -> None:
        """Start all processes; return at once."""
        for child in self._running.values():
            child.start()

    def wait_ready(self, within: float = READY_SECONDS) -> None:
        """Return once every process has passed its health check; raises FootfallError with what it said last."""
        deadline = time.monotonic() + within
        for name in self._running:
            while not self.healthy(name):
                if time.monotonic() > deadline:
                    raise FootfallError(f"{name} is not ready after {within:g} s: {self._last_words(name)}")
                time.sleep(0.3)

    def healthy(self, name: str) -> bool:
        """Run the health check of a process, as docker-compose.yml has it."""
        check = self._check(self._found[name])
        return self.pid(name) is not None and subprocess.run(check, capture_output=True, check=False).returncode == 0

    def stop(self) -> None:
        """End all processes, each after its step."""
        with ThreadPoolExecutor(len(self._running)) as pool:
            list(pool.map(lambda child: child.stop(), self._running.values()))

    def _check(self, found: Service) -> list[str]:
        """Put the ports of this machine into a check, and the process for the first one of a container."""
        near = {far.rpartition(":")[2]: here.rpartition(":")[2] for far, here in self._addresses.items()}
        near |= {"1": str(self.pid(found.name)), "python": sys.executable}
        container = found.environment.get("FOOTFALL_PORT", "")
        own = f":{self._ports.get(found.name)}/"
        return [near.get(word, word.replace(f":{container}/", own)) for word in found.check]

    def _here(self, text: str) -> str:
        for far, near in self._addresses.items():
            text = text.replace(far, near)
        return text

    def _last_words(self, name: str) -> str:
        file: Path = self._logs / f"{name}.log"
        return file.read_text(errors="replace")[-1000:] if file.exists() else "it said nothing"
