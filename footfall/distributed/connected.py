"""`python -m footfall.distributed.connected PID PORT...`: exit code 0 where the process has a connection to each port.

The health check of processes that listen nowhere: a worker without its connections does nothing. It reads what the
kernel says, and asks nobody: it costs as little as can be, and says nothing about how far the worker has come.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
ESTABLISHED = "01"


def missing(pid: int, ports: list[int], proc: Path = PROC) -> list[int]:
    """Return the ports, of whatever host, to which a process has no connection."""
    own = set(_sockets(proc / str(pid) / "fd"))
    there = {port for inode, port in _established(proc / str(pid) / "net") if inode in own}
    return [port for port in ports if port not in there]


def _sockets(descriptors: Path) -> Iterator[str]:
    with contextlib.suppress(FileNotFoundError):  # no such process
        for descriptor in descriptors.iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed in between
                kind, _, inode = os.readlink(descriptor).partition(":")
                if kind == "socket":
                    yield inode.strip("[]")


def _established(net: Path) -> Iterator[tuple[str, int]]:
    """Give inode and remote port of every connection of the process' network."""
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(FileNotFoundError):  # a machine without IPv6
            for line in (net / table).read_text().splitlines()[1:]:
                _, _, remote, state, _, _, _, _, _, inode, *_ = line.split()
                if state == ESTABLISHED:
                    yield inode, int(remote.rpartition(":")[2], 16)


def main(words: list[str]) -> None:
    """Say what is missing, and end with 1 where anything is."""
    pid, *ports = map(int, words)
    lacking = missing(pid, ports)
    for port in lacking:
        sys.stderr.write(f"process {pid} has no connection to port {port}\n")
    sys.exit(bool(lacking))


if __name__ == "__main__":
    main(sys.argv[1:])
