"""The child process that is a ClickHouse server: `python -P -m footfall.chdb_child PARENT_PID` in the server's folder.

chdb reads `config.xml` in the working directory (already when it is imported), starts the native listener by a
statement, and serves as long as that statement's query runs. Nothing else belongs here; the parent's side is
`chdb_server`.

It must never outlive its parent, who would otherwise find its data folder locked. On Linux the kernel sees to that;
everywhere the end of standard input does, a pipe that only the parent holds. It ends without ceremony on purpose: an
acknowledged insert is a renamed folder, so a kill is the way of ending that is always tried.
"""

from __future__ import annotations

import sys
import threading

from chdb import _chdb

from footfall.parent_death import die_with, die_with_standard_input

FOREVER = """
SYSTEM START LISTEN TCP;
SELECT sleepEachRow(3600) FROM numbers(1000000000)
SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 4000000000, max_execution_time = 0
FORMAT Null
"""


def main() -> None:
    die_with(int(sys.argv[1]))
    threading.Thread(target=die_with_standard_input, daemon=True).start()
    _chdb.query(FOREVER, "CSV")  # type: ignore[attr-defined]  # the one-shot entry has no stub


if __name__ == "__main__":
    main()
