"""Keeps processes alive for as long as this one lives, and ends them with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from footfall.circuit_breaker import EXIT_CODE
from footfall.logs import logger
from footfall.settings import SECRETS, Settings

log = logger(__name__)

FIRST_BACKOFF, LONGEST_BACKOFF, HEALTHY_AFTER = 0.2, 10.0, 10.0


class Child:
    """One process, started anew with backoff when it ends by itself, unless it found too much poison."""

    def __init__(self, name: str, spawn: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.name = name
        self.restarts = 0
        self._spawn = spawn
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        # The kernel ends a child with the thread that started it, so that thread must live as long as the child.
        self._watch = threading.Thread(target=self._run, name=f"{name}-watch", daemon=True)

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start the process and its watch; returns at once."""
        self._watch.start()

    def stop(self, grace: float = 20.0) -> None:
        """Let it finish its step, then end it."""
        self._stopping.set()
        kill_at = time.monotonic() + grace
        while self._watch.is_alive():
            process = self._process
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM if time.monotonic() < kill_at else signal.SIGKILL)
            self._watch.join(0.1)

    def _run(self) -> None:
        backoff = FIRST_BACKOFF
        while not self._stopping.is_set():
            began = time.monotonic()
            self._process = self._spawn()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            if code == EXIT_CODE:
                log.error("worker.stays_ended", worker=self.name)
                return
            self.restarts += 1
            backoff = FIRST_BACKOFF if time.monotonic() - began > HEALTHY_AFTER else min(2 * backoff, LONGEST_BACKOFF)
            log.error("worker.ended", worker=self.name, code=code, restarts=self.restarts, seconds=backoff)
            self._stopping.wait(backoff)


def worker(name: str, settings: Settings) -> Child:
    """Return a worker of `footfall up`."""

    def spawn() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", f"footfall.embedded.{name}", str(os.getpid())],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the product, which ends us in its order
            env={**os.environ, "FOOTFALL_RESOLVED": settings.model_dump_json(exclude=set(SECRETS))},
        )

    return Child(name, spawn)
