"""`python -m footfall.cluster.child PROGRAM ...` becomes that program, and ends with the process that started it."""

from __future__ import annotations

import os
import sys

from footfall.parent_death import die_with

if __name__ == "__main__":
    die_with(os.getppid())
    os.execvp(sys.argv[1], sys.argv[1:])
