"""The data folder of the embedded mode: which file is what. Opens nothing but the secret."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from footfall.settings import ConfigurationError

SECRET_BYTES = 32
SHARD = 0
"""The one shard of the embedded mode."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Names of everything that the product keeps."""

    path: Path

    @property
    def inbox(self) -> Path:
        return self.path / "inbox.db"

    @property
    def events(self) -> Path:
        return self.path / "events.db"

    @property
    def stream_keys(self) -> Path:
        return self.path / "stream_keys.db"

    @property
    def tracking(self) -> Path:
        return self.path / "tracking.db"

    @property
    def dead_letters(self) -> Path:
        return self.path / "dead_letters.db"

    @property
    def erasures(self) -> Path:
        """The ledger of erasures; no restore of a backup may replace it."""
        return self.path / "erasures.db"

    @property
    def recording_lock(self) -> Path:
        """Held while anything is recorded."""
        return self.path / "recording.lock"

    @property
    def erasing_lock(self) -> Path:
        """Held while an erasure is carried out, or while tables are built of which it could not know."""
        return self.path / "erasing.lock"

    @property
    def backup_lock(self) -> Path:
        """Held while a backup is made, or while an erasure is carried out in those that were made."""
        return self.path / "backup.lock"

    @property
    def restoring(self) -> Path:
        """There while a restore is under way, and after one that was killed: the folder is not whole."""
        return self.path / "restoring"

    @property
    def clickhouse(self) -> Path:
        return self.path / "clickhouse"

    @property
    def clickhouse_address(self) -> Path:
        """Where the running ClickHouse listens, for the other processes of the product; mode 0600."""
        return self.path / "clickhouse.json"

    @property
    def up_lock(self) -> Path:
        """Held by `footfall up`, or by a command that works in its place."""
        return self.path / "up.lock"

    @property
    def projection_lock(self) -> Path:
        """Held while the projector changes read models."""
        return self.path / "projection.lock"

    def make(self) -> DataFolder:
        """Make the folder, for its owner only; raises ConfigurationError where it is half of a restored one."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.restoring.exists():
            raise ConfigurationError([f"data: a restore of {self.path} has not ended: run `footfall restore` again"])
        return self

    def secret(self) -> bytes:
        """Return the installation's secret, by which ids are hashed; made once and never changed."""
        file = self.path / "secret"
        if not file.exists():
            self._make_secret(file)
        return bytes.fromhex(file.read_text(encoding="ascii"))

    def _make_secret(self, file: Path) -> None:
        """Two processes may come first; the file appears whole, and the first one's stands."""
        draft = self.path / f"secret.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
            out.write(secrets.token_hex(SECRET_BYTES))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
