"""One PostgreSQL server of the machine's packages on loopback, as a child process that ends with its parent."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from footfall.cluster.components import find
from footfall.loopback import HOST, free_port, listens
from schemas.errors import FootfallError

START_SECONDS, STOP_SECONDS = 60.0, 30.0
USER = "footfall"
FAST_SHUTDOWN = signal.SIGINT
SERVER_USERS = ("postgres", "nobody")
"""Who runs it where we are root, which PostgreSQL refuses."""


class PostgresServer:
    """`start` it, `stop` or `kill` it, and start it again: its folder, port and password stay.

    The folder must be in reach of the user who runs the server; `folder=None` makes one, and `remove` takes it away.
    """

    def __init__(self, password: str, folder: Path | None = None, port: int = 0) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="footfall-postgres-"))
        self.port = port or free_port()
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None

    def dsn(self, database: str) -> str:
        """Return what clients connect to."""
        return f"postgresql://{USER}:{self._password}@{HOST}:{self.port}/{database}"

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start it and return once it takes connections; raises FootfallError with what it said last."""
        if not (self._data / "PG_VERSION").exists():
            self._make()
        options = {"listen_addresses": HOST, "port": str(self.port), "unix_socket_directories": ""}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user(), find("postgres"), "-D", str(self._data), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise FootfallError(f"PostgreSQL did not start: {self._last_words()}")
            time.sleep(0.05)

    def create(self, *databases: str) -> None:
        """Make the databases that are not there."""
        for database in databases:
            while True:
                done = self._client("createdb", database)
                if done.returncode == 0 or "already exists" in done.stderr:
                    break
                if "starting up" not in done.stderr:
                    raise FootfallError(f"the database {database} could not be made: {done.stderr}")
                time.sleep(0.1)

    def stop(self) -> None:
        """Let it shut down at once, without waiting for its clients. Can be repeated."""
        if self._process is not None:
            self._process.send_signal(FAST_SHUTDOWN)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def remove(self) -> None:
        """Stop it, and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "postgres.log"

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self._password)
        if os.geteuid() == 0:
            user = _server_user()
            for path in (self.folder, secret):
                os.chown(path, user.pw_uid, user.pw_gid)
        options = ["--username", USER, "--pwfile", str(secret), "--auth", "scram-sha-256", "--encoding", "UTF8"]
        command = [*self._as_user(), find("initdb"), "-D", str(self._data), "--no-locale", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise FootfallError(f"PostgreSQL's folder could not be made: {done.stdout}{done.stderr}")

    def _as_user(self) -> list[str]:
        user = ["--user", _server_user().pw_name] if os.geteuid() == 0 else []
        return [sys.executable, "-P", "-m", "footfall.cluster.child", *user]

    def _client(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        address = ["--host", HOST, "--port", str(self.port), "--username", USER, "--no-password"]
        # without a limit it would wait for ever where a foreign server has the port and says nothing
        environment = {**os.environ, "PGPASSWORD": self._password, "PGCONNECT_TIMEOUT": "20"}
        return subprocess.run(
            [find(program), *address, *words], capture_output=True, text=True, check=False, env=environment
        )

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def _server_user() -> pwd.struct_passwd:
    for name in SERVER_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise FootfallError(f"PostgreSQL runs under no root, and none of the users {', '.join(SERVER_USERS)} is there")
