"""The backups of a distributed installation: for the commands, and as a place of copies that is out of reach.

Backups lie on the machines where they were made, the projectors elsewhere: an erasure names those that it could not
reach, and a restore carries it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from footfall.backing_up.erasures_file import Known
from footfall.backing_up.manifest import Manifest, Told
from footfall.backing_up.remembered import Remembered
from footfall.distributed.backing_up import back_up, place_of
from footfall.distributed.kafka_access import client_options
from footfall.distributed.kafka_ends import KafkaEnds
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.restoring import restore
from footfall.distributed.server_settings import require_servers
from footfall.distributed.topics import DEAD_LETTERS, SITE_EVENTS
from footfall.settings import Settings

WAITED_FOR = (SITE_EVENTS, DEAD_LETTERS)


class InstallationBackups:
    """`footfall.run_modes.Backups`."""

    def __init__(self, settings: Settings) -> None:
        require_servers(settings)
        self._settings = settings

    def back_up(self, to: Path, told: Told) -> Manifest:
        """See the port."""
        with self._databases() as databases:
            return back_up(databases, to, behind(self._settings, databases), told)

    def restore(self, source: Path, ledgers: Sequence[Path], told: Told) -> Mapping[str, str]:
        """See the port. The answers are built by the processes, so there are no digests yet."""
        with self._databases() as databases:
            restore(databases, source.absolute(), ledgers, told)
        return {}

    def remembered(self) -> Sequence[Remembered]:
        """See the port."""
        with self._databases() as databases:
            return [Remembered(path, at, False) for path, at in databases.backups.all()]

    def forget(self, path: str) -> bool:
        """See the port."""
        with self._databases() as databases:
            here = databases.backups.forget(place_of(Path(path)))
            return databases.backups.forget(path) or here

    def known(self) -> Known:
        """See the port."""
        with self._databases() as databases:
            return Known(databases.erasures.everything(), [path for path, _ in databases.backups.all()])

    @contextmanager
    def _databases(self) -> Iterator[Databases]:
        with closing(Databases(self._settings)) as databases:
            databases.prepare()
            yield databases


def behind(settings: Settings, databases: Databases) -> Callable[[], int]:
    """Return what says how many records are still to be consumed of what the topics hold now."""
    wanted: dict[str, Mapping[int, int]] = {}
    for topic in WAITED_FOR:
        with closing(KafkaEnds(client_options(settings), topic, settings.kafka_partitions)) as ends:
            wanted[topic] = ends.ends()

    def left() -> int:
        return sum(
            max(0, end - databases.offsets.positions(topic).get(partition, 0))
            for topic, ends in wanted.items()
            for partition, end in ends.items()
        )

    return left
