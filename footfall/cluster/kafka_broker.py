"""One Kafka broker in KRaft mode on loopback, as a child process that ends with its parent."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from footfall.cluster.kafka_encryption import KafkaEncryption
from footfall.cluster.kafka_jars import jars
from footfall.loopback import HOST, free_port, listens
from schemas.errors import FootfallError

START_SECONDS, STOP_SECONDS = 60.0, 30.0
CLUSTER_ID = "Zm9vdGZhbGwtb24tb25lLQ"
"""Any 16 bytes in base64; the same for all, since none of these clusters has a second broker."""

_SMALL = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A broker of a few thousand records a second spends half its time in the second compiler, else, for minutes."""

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller}
controller.listener.names=CONTROLLER
listeners={protocol}://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners={protocol}://{host}:{port},CONTROLLER://{host}:{controller}
listener.security.protocol.map={protocol}:{protocol},CONTROLLER:PLAINTEXT
inter.broker.listener.name={protocol}
log.dirs={folder}/log
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


class KafkaBroker:
    """`start` it, `stop` or `kill` it, and start it again: its folder and its port stay."""

    def __init__(self, folder: Path, port: int = 0, encryption: KafkaEncryption | None = None) -> None:
        """`encryption` holds for clients; the controller is spoken to in the clear, on loopback."""
        self.folder = folder
        self.port = port or free_port()
        self._controller = free_port()
        self._encryption = encryption
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Return what clients connect to."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start it and return once it takes connections; raises FootfallError with what it said last."""
        libraries = f"{jars()}/*"
        if not self._properties.exists():
            self._format(libraries)
        with self._log.open("ab") as log:
            command = ["java", *_SMALL, "-Xmx384m", "-Xms128m", "-cp", libraries, "kafka.Kafka", str(self._properties)]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "footfall.cluster.child", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise FootfallError(f"Kafka did not start: {self._last_words()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Let it shut down in its order. Can be repeated."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _log(self) -> Path:
        return self.folder / "kafka.log"

    def _format(self, libraries: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._properties.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(self._said())
        options = self._encryption.format_options() if self._encryption else []
        command = ["java", *_SMALL, "-Xmx256m", "-cp", libraries, "kafka.tools.StorageTool", "format", "--standalone"]
        done = subprocess.run(
            [*command, *options, "-t", CLUSTER_ID, "-c", str(draft)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise FootfallError(f"Kafka's storage could not be made: {done.stdout}{done.stderr}")
        draft.rename(self._properties)

    def _said(self) -> str:
        encryption, folder = self._encryption, self.folder.absolute()
        protocol = encryption.protocol if encryption else "PLAINTEXT"
        said = _PROPERTIES.format(
            host=HOST, port=self.port, controller=self._controller, folder=folder, protocol=protocol
        )
        return said + (encryption.properties(folder) if encryption else "")

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]
