"""The data folder: for its owner only, and with one secret whoever comes first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from footfall.data_folder import SECRET_BYTES, DataFolder

RACER = """
import sys
from pathlib import Path
from footfall.data_folder import DataFolder
folder = DataFolder(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(folder.secret().hex())
"""


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "a" / "b").make()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.make() == folder


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    secret = folder.secret()
    assert len(secret) == SECRET_BYTES
    assert DataFolder(tmp_path).secret() == secret
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_two_folders_have_two_secrets(tmp_path: Path) -> None:
    assert DataFolder(tmp_path / "one").make().secret() != DataFolder(tmp_path / "other").make().secret()


def test_processes_that_race_for_the_first_secret_get_the_same_one(tmp_path: Path) -> None:
    line = [sys.executable, "-c", RACER, str(tmp_path)]
    racers = [subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    secrets = {racer.communicate(timeout=30)[0].strip() for racer in racers}
    assert secrets == {DataFolder(tmp_path).secret().hex()}
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_draft_that_a_crash_left_harms_nothing(tmp_path: Path) -> None:
    for pid in range(3):
        (tmp_path / f"secret.{pid}").write_text("half a sec")
    assert len(DataFolder(tmp_path).secret()) == SECRET_BYTES


def test_a_secret_that_is_cut_off_is_no_other_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    with pytest.raises(ValueError, match="hexadecimal"):
        DataFolder(tmp_path).secret()
