"""A real ClickHouse server as a child process, out of the chdb wheel: started, watched, restarted, ended.

Speaks no SQL: clients connect with `clickhouse-driver` to `host`, `port`, `user` and `password`. The server writes no
log of its own (chdb's cannot be switched on in this mode, and it would hold queries, which hold customers' data); what
it says on standard error when it breaks is in `server.err` of its folder.

Two locks guard the folder. `owner.lock` is held by the process that runs the server, so a second one on the same folder
waits and then says who holds it. `server.lock` is held by the child alone, which inherits it: a child of a parent that
was killed is waited for, then ended.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from footfall import chdb_config
from footfall.chdb_config import Passwords, ReaderLimits
from footfall.file_lock import FileLock, LockHeld
from footfall.logs import logger
from footfall.loopback import HOST, listens
from schemas.errors import FootfallError

log = logger(__name__)

FIRST_BACKOFF = 0.1
LONGEST_BACKOFF = 10.0
HEALTHY_AFTER = 10.0
STALE_CHILD_GRACE = 2.0
ERRORS_KEPT = 64 * 1024
PROGRAM = "footfall.chdb_child"


class ServerError(FootfallError):
    """ClickHouse could not be started.

    ServerError
    +-- FolderBusy    another process runs a server on this folder
    +-- NotReady      it does not listen within the time given
    """


class FolderBusy(ServerError):
    pass


class NotReady(ServerError):
    pass


class ClickHouseServer:
    """One server on one folder. `start` it, `wait_ready`, and `stop` it; in between it is restarted when it dies."""

    host = HOST
    database = chdb_config.DATABASE
    user = chdb_config.PRODUCT_USER
    reader = chdb_config.READER_USER

    def __init__(
        self, data_dir: Path, memory_limit: int, *, port: int = 0, reader_limits: ReaderLimits | None = None
    ) -> None:
        if memory_limit < chdb_config.LEAST_MEMORY:
            raise ValueError(f"ClickHouse needs at least {chdb_config.LEAST_MEMORY} bytes, not {memory_limit}")
        self.folder = data_dir.absolute()
        self.port = port
        self.password = ""
        self.reader_password = ""
        self.restarts = 0
        self._memory_limit = memory_limit
        self._reader_limits = reader_limits or ReaderLimits()
        self._owner = FileLock(self.folder / "owner.lock")
        self._reservation: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._run, name="clickhouse-watch", daemon=True)

    def __enter__(self) -> ClickHouseServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def alive(self) -> bool:
        """Whether the child runs now. Between a death and the restart it does not."""
        return self.pid is not None

    def start(self, busy_timeout: float = 10.0) -> None:
        """Start the server and its watch; returns at once. Can be called once."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._owner.acquire(busy_timeout)
        except LockHeld as error:
            raise FolderBusy(f"{self.folder} is in use by process {error.holder or 'unknown'}") from error
        try:
            self._configure()
        except BaseException:
            self._release()
            raise
        self._watch.start()

    def wait_ready(self, timeout: float = 30.0) -> None:
        """Return as soon as the server takes connections."""
        deadline = time.monotonic() + timeout
        while not self._listens():
            if self._stopping.is_set():
                raise NotReady("ClickHouse is being stopped")
            if time.monotonic() > deadline:
                raise NotReady(f"ClickHouse does not listen after {timeout:g} s: {self._last_words()}")
            self._stopping.wait(0.02)

    def stop(self, grace: float = 5.0) -> None:
        """End the server: SIGTERM, after `grace` seconds SIGKILL. What it acknowledged stays. Can be repeated."""
        self._stopping.set()
        if self._watch.ident is not None:
            kill_at = time.monotonic() + grace
            while self._watch.is_alive():  # again and again: it may be spawning just now
                self._signal(signal.SIGTERM if time.monotonic() < kill_at else signal.SIGKILL)
                self._watch.join(0.1)
        self._release()

    def _signal(self, number: signal.Signals) -> None:
        process = self._process
        if process and process.poll() is None:
            process.send_signal(number)

    def _release(self) -> None:
        if self._reservation:
            self._reservation.close()
            self._reservation = None
        self._owner.release()

    def _configure(self) -> None:
        (self.folder / "data").mkdir(exist_ok=True)
        passwords = Passwords.of(self.folder / "passwords.json")
        self.password, self.reader_password = passwords.product, passwords.reader
        self._reservation = reserve(self.host, self.port)
        self.port = self._reservation.getsockname()[1]
        users = chdb_config.users_xml(passwords, self._memory_limit, self._reader_limits)
        chdb_config.write_private(self.folder / "users.xml", users)
        server = chdb_config.server_xml(self.folder, self.port, self._memory_limit)
        chdb_config.write_private(self.folder / "config.xml", server)

    def _run(self) -> None:
        """Keep one child running. All children are spawned here: the kernel ends them with the thread, too."""
        backoff = FIRST_BACKOFF
        while not self._stopping.is_set():
            started = time.monotonic()
            outcome = self._run_once()
            if self._stopping.is_set():
                return
            self.restarts += 1
            backoff = FIRST_BACKOFF if time.monotonic() - started > HEALTHY_AFTER else backoff
            log.warning("clickhouse.ended", outcome=outcome, restarts=self.restarts, again_in_seconds=backoff)
            self._stopping.wait(backoff)
            backoff = min(backoff * 2, LONGEST_BACKOFF)

    def _run_once(self) -> str:
        try:
            process = self._process = self._spawn()
        except (OSError, LockHeld) as error:  # disk full, no more processes: waiting may help
            return f"not started: {error}"
        code = process.wait()
        if process.stdin:
            process.stdin.close()
        return f"exit code {code}"

    def _spawn(self) -> subprocess.Popen[bytes]:
        lock = FileLock(self.folder / "server.lock")
        end_stale_child(lock)
        try:
            with self._error_file() as errors:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", PROGRAM, str(os.getpid())],
                    cwd=self.folder,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=(lock.descriptor,),
                    start_new_session=True,  # Ctrl-C is for the product, which ends us in its order
                    env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])},
                )
            lock.name_holder(process.pid)
        finally:
            lock.close()  # the child has it now
        return process

    def _error_file(self) -> BinaryIO:
        file = self.folder / "server.err"
        if file.exists() and file.stat().st_size > ERRORS_KEPT:
            file.replace(file.with_suffix(".err.1"))
        return file.open("ab")

    def _listens(self) -> bool:
        return self.alive() and listens(self.port)

    def _last_words(self) -> str:
        file = self.folder / "server.err"
        text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
        return text.strip()[-500:] or "it says nothing"


def reserve(host: str, port: int) -> socket.socket:
    """Hold a port without listening on it, so that the child can listen there again and again."""
    reservation = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if port:  # sharing a port is meant for our child: not with who listens there now
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reservation.bind((host, port))
    except OSError as error:
        reservation.close()
        raise ServerError(f"port {port} of {host} cannot be used: {error}") from error
    return reservation


def end_stale_child(lock: FileLock) -> None:
    """Take the lock that only a child holds; a child whose parent was killed gets a moment to end by itself."""
    try:
        lock.acquire(STALE_CHILD_GRACE)
    except LockHeld as error:
        if error.holder and is_our_child(error.holder):
            log.warning("clickhouse.stale_child_ended", pid=error.holder)
            os.kill(error.holder, signal.SIGKILL)
        lock.acquire(STALE_CHILD_GRACE)


def is_our_child(pid: int) -> bool:
    """Whether the process runs our program, as far as the system tells; a number may have been given out again."""
    command_line = Path(f"/proc/{pid}/cmdline")
    return not Path("/proc/self").exists() or (command_line.exists() and PROGRAM.encode() in command_line.read_bytes())
