"""`python -m footfall.cluster.child [--user NAME] PROGRAM ...` becomes that program, and ends with who started it."""

from __future__ import annotations

import os
import pwd
import sys

from footfall.parent_death import die_with


def main(words: list[str]) -> None:
    """Become the program."""
    parent = os.getppid()
    if words[0] == "--user":
        _become(pwd.getpwnam(words[1]))
        words = words[2:]
    die_with(parent)  # after the change of user, which would take it back
    os.execvp(words[0], words)


def _become(user: pwd.struct_passwd) -> None:
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ["HOME"] = user.pw_dir
    os.chdir("/")


if __name__ == "__main__":
    main(sys.argv[1:])
