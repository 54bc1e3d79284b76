"""Runs the product's commands in forks of one process that has imported it: two seconds each are saved.

A command's process is otherwise its own: arguments, environment, output, exit code. `python -m tests.product.commands`
is that one process; it takes a JSON object a line, and ends with its standard input.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from footfall.cli import main


class Commands:
    """The process that forks, started when it is first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run `footfall` with these words, one command at a time."""
        with self._lock, tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            asked = {"words": list(words), "environment": dict(environment), "out": str(out), "err": str(err)}
            pid = int(self._ask(json.dumps(asked)))
            watch = threading.Timer(timeout, os.kill, (pid, signal.SIGKILL))
            watch.start()
            try:
                code = int(self._answer())
            finally:
                watch.cancel()
            return subprocess.CompletedProcess(["footfall", *words], code, out.read_text(), err.read_text())

    def close(self) -> None:
        """End the process. Can be repeated."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def _ask(self, line: str) -> str:
        if self._process is None:
            command = [sys.executable, "-m", "tests.product.commands"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline()


COMMANDS = Commands()


def serve() -> None:
    """Fork for each line, say the process id, then the exit code."""
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            become(asked)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def become(asked: Mapping[str, Any]) -> NoReturn:
    """Be the command, to its end."""
    for descriptor, path in ((0, os.devnull), (1, asked["out"]), (2, asked["err"])):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["footfall", *asked["words"]]
    code = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does at its end
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
