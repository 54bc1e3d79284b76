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

from footfall.cluster.certified import Certified
from footfall.cluster.components import find
from footfall.loopback import HOST, free_port, listens
from schemas.errors import FootfallError

START_SECONDS, STOP_SECONDS = 30.0, 30.0
USER = "footfall"
FAST_SHUTDOWN = signal.SIGINT
NOT_YET = "FATAL:  the database system is"
"""How it refuses clients while it starts, or recovers; then it says which of them."""

SERVER_USERS = ("postgres", "nobody")
"""Who runs it where we are root, which PostgreSQL refuses."""


class PostgresServer:
    """`start` it, `stop` or `kill` it, and start it again: its folder, port and password stay.

    The folder must be in reach of the user who runs the server; `folder=None` makes one, and `remove` takes it away.
    """

    def __init__(
        self, password: str, folder: Path | None = None, port: int = 0, certified: Certified | None = None
    ) -> None:
        """With a certificate it speaks TLS, with those who want that."""
        self.folder = folder or Path(tempfile.mkdtemp(prefix="footfall-postgres-"))
        self.port = port or free_port()
        self._password = password
        self._certified = certified
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
        deadline = time.monotonic() + START_SECONDS
        self._process = self._spawn()
        while not listens(self.port):
            if time.monotonic() > deadline:
                raise FootfallError(f"PostgreSQL did not start: {self._last_words()}")
            time.sleep(0.05)
            if self._process.poll() is not None:  # what is left of one that was killed lets go of the folder later
                self._process = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        options = {"listen_addresses": HOST, "port": str(self.port), "unix_socket_directories": "", **self._tls()}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*self._as_user(), find("postgres"), "-D", str(self._data), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def create(self, *databases: str) -> None:
        """Make the databases that are not there."""
        for database in databases:
            while True:
                done = self._client("createdb", database)
                if done.returncode == 0 or "already exists" in done.stderr:
                    break
                if NOT_YET not in done.stderr:
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
        self._hand_over(self.folder)
        secret = self._private("password", self._password)
        options = ["--username", USER, "--pwfile", str(secret), "--auth", "scram-sha-256", "--encoding", "UTF8"]
        command = [*self._as_user(), find("initdb"), "-D", str(self._data), "--no-locale", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise FootfallError(f"PostgreSQL's folder could not be made: {done.stdout}{done.stderr}")

    def _tls(self) -> dict[str, str]:
        """Copy the certificate to where the server's user may read it, and return the options that name it."""
        if self._certified is None:
            return {}
        files = {"ssl_cert_file": self._certified.certificate, "ssl_key_file": self._certified.key}
        copied = {option: str(self._private(option, file.read_text())) for option, file in files.items()}
        return {"ssl": "on", **copied}

    def _private(self, name: str, text: str) -> Path:
        """Keep something in the folder for the server's user alone."""
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(text)
        self._hand_over(file)
        return file

    def _hand_over(self, path: Path) -> None:
        if os.geteuid() == 0:
            user = _server_user()
            os.chown(path, user.pw_uid, user.pw_gid)

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
