"""Ends a child process with its parent, however that ends.

On Linux the kernel sees to that; everywhere the end of standard input does, a pipe that only the parent holds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent goes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it went before the line above
        os._exit(1)


def die_with_standard_input() -> None:
    """End this process when standard input ends; to be run in a thread."""
    while os.read(0, 1024):
        pass
    os._exit(1)
