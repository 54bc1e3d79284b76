"""What makes a folder a backup, what several ledgers know together, and how erasures hold in an older copy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent
from msgspec.structs import replace

from aggregates.sqlite_recorder import open_recorder
from aggregates.sqlite_stream_keys import SqliteStreamKeys
from footfall.backing_up.draft import being_made, draft_of
from footfall.backing_up.erasures_file import FILE_NAME, Known, merged, read_known, write_known
from footfall.backing_up.errors import BackupDamaged, BackupFailed, BackupRefused
from footfall.backing_up.manifest import Manifest, Sum, check, installation_of, read, sums, write
from footfall.data_folder import DataFolder
from footfall.embedded.backing_up import back_up
from footfall.embedded.backups_place import reached
from footfall.embedded.erased_copies import carry_out, reach
from footfall.embedded.sqlite_copies import make_sole
from footfall.embedded.write_side import WriteSide
from footfall.erasing.erasure import Erasure, Removed
from footfall.settings import Settings
from ingest.sqlite_inbox import SQLiteInbox, SQLiteInboxReader
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import Store
from schemas.streams import StreamId
from tests.unit.aggregates.doubles import said

ADA, BOB = StreamId("u" + "a" * 32), StreamId("u" + "b" * 32)
SECRET = b"s" * 32


def told(*_: object) -> None:
    """Nobody looks."""


def manifest(**changes: object) -> Manifest:
    plain = Manifest(
        id="1", mode="embedded", installation=installation_of(SECRET), began_at="", made_at="", positions={}, files={}
    )
    return replace(plain, **changes)


def erasure(id_: str, at: int = 1, **said: object) -> Erasure:
    return replace(Erasure(id=id_, store="shop", kind="request", customers=(ADA,), requested_at=at), **said)


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    to = tmp_path / "copy"
    draft_of(to).mkdir()
    (draft_of(to) / "left by a kill").touch()
    with being_made(to) as draft:
        (draft / "new").touch()
        assert not to.exists()
    assert [path.name for path in to.iterdir()] == ["new"]
    with pytest.raises(BackupRefused), being_made(to):
        pass
    with pytest.raises(BackupFailed, match="No space"), being_made(tmp_path / "other"):
        raise OSError(28, "No space left on device")
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_a_manifest_is_read_as_it_was_written_and_names_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    files = sums(tmp_path, ["a"])
    assert files == {"a": Sum("a", 7, hashlib.sha256(b"content").hexdigest())}
    written = manifest(files=files, positions={"0": 3})
    write(tmp_path, written)
    assert read(tmp_path) == written
    check(tmp_path, files, told)


@pytest.mark.parametrize("content", [b"contenT", b"content ", b"", None])
def test_a_file_that_is_not_what_was_written_is_found(tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / "a").write_bytes(b"content")
    files = sums(tmp_path, ["a"])
    (tmp_path / "a").unlink()
    if content is not None:
        (tmp_path / "a").write_bytes(content)
    with pytest.raises(BackupDamaged):
        check(tmp_path, files, told)


@pytest.mark.parametrize(
    "changed", [{"format": 2}, {"files": {"a": Sum("../a", 0, "")}}, {"files": {"a": Sum("/etc/passwd", 0, "")}}]
)
def test_a_manifest_of_a_later_format_or_with_names_outside_is_refused(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    write(tmp_path, manifest(**changed))
    with pytest.raises(BackupDamaged):
        read(tmp_path)


def test_half_a_manifest_is_none(tmp_path: Path) -> None:
    write(tmp_path, manifest())
    file = tmp_path / "manifest.json"
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(BackupDamaged):
        read(tmp_path)


def test_what_several_ledgers_know_is_merged_and_the_furthest_stands(tmp_path: Path) -> None:
    asked, under_way = erasure("1"), erasure("1", until=5)
    done = erasure("1", until=5, removed={"inbox": Removed(found=0, done="", at=6)}, finished_at=7)
    other = erasure("2", at=0)
    for first in (asked, under_way, done):
        write_known(tmp_path / "known", Known([first], ["/a"]))
        found = merged([read_known(tmp_path / "known"), Known([done, other], ["/b", "/a"]), Known([asked])])
        assert found == Known([other, done], ["/a", "/b"])


def test_what_holds_no_erasures_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_text('{"something": 1}\n')
    for path in (tmp_path / "x", tmp_path / "missing"):
        with pytest.raises(BackupDamaged):
            read_known(path)


@contextmanager
def copied(tmp_path: Path, facts: int) -> Iterator[DataFolder]:
    """A copy in which one stream has so many facts, and two have keys."""
    folder = DataFolder(tmp_path / "copy").make()
    recorder = open_recorder(folder.events)
    recorder.insert_events([StoredEvent(ADA, version, "Noted:1", b"") for version in range(1, facts + 1)])
    recorder.datastore.close()
    with closing(SqliteStreamKeys(folder.stream_keys)) as keys:
        keys.ensure([ADA, BOB])
    make_sole(folder.events)
    yield folder


def carried_out(folder: DataFolder, *erasures: Erasure) -> SqliteStreamKeys:
    carry_out(erasures, folder, folder.events, SECRET, Settings())
    return SqliteStreamKeys(folder.stream_keys)


@pytest.mark.parametrize(("facts", "goes_on"), [(1, 2), (5, 6), (9, 10), (10, 11), (15, 11)])
def test_a_stream_goes_on_where_the_copy_ends(tmp_path: Path, facts: int, goes_on: int) -> None:
    with copied(tmp_path, facts) as folder:
        asked = erasure("1", until=7, generations={ADA: 11})
        with closing(carried_out(folder, asked, erasure("2"))) as keys:
            found = keys.find([ADA, BOB])
            assert (found[ADA].key, found[ADA].from_version, found[ADA].erased_until) == (b"", goes_on, 7)
            assert len(found[BOB].key) == 32


def test_what_began_after_an_erasure_that_the_copy_knows_stays(tmp_path: Path) -> None:
    with copied(tmp_path, 12) as folder:
        asked = erasure("1", until=7, generations={ADA: 11})
        with closing(carried_out(folder, asked)) as keys:
            begun = keys.ensure([ADA])[ADA]
        with closing(carried_out(folder, asked)) as keys:
            assert keys.find([ADA])[ADA] == begun
        with closing(carried_out(folder, erasure("2", until=9, generations={ADA: 15}))) as keys:
            again = keys.find([ADA])[ADA]
            assert (again.key, again.from_version, again.erased_until) == (b"", 13, 9)


class Killed(BaseException):
    """A kill, as far as a test can be one."""


@pytest.mark.parametrize("at", [1, 2, 5, 6])
def test_a_kill_at_any_line_of_an_erasure_in_a_backup_harms_nothing(
    tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with copied(tmp_path, 3) as folder:
        backup = folder.path
        carried_out(folder).close()
        for path in (folder.stream_keys, folder.dead_letters):
            make_sole(path)
        write_known(backup / FILE_NAME, Known())
        names = [folder.events.name, folder.stream_keys.name, folder.dead_letters.name, FILE_NAME]
        write(backup, manifest(files=sums(backup, names)))
        asked = erasure("1", until=7, generations={ADA: 4})
        calls = 0
        was = Path.replace

        def dying(path: Path, target: Path) -> Path:
            nonlocal calls
            calls += 1
            if calls == at:
                raise Killed
            return was(path, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", dying)
            with suppress(Killed):
                reach(backup, [asked], SECRET, Settings())
        check(backup, read(backup).files, told)
        reach(backup, [asked], SECRET, Settings())
        found = read(backup)
        check(backup, found.files, told)
        assert found.revision == 1
        assert {path.name for path in backup.iterdir()} == {one.file for one in found.files.values()} | {
            "manifest.json"
        }
        assert [one.id for one in read_known(backup / found.files[FILE_NAME].file).erasures] == ["1"]
        with closing(SqliteStreamKeys(backup / found.files[folder.stream_keys.name].file)) as keys:
            assert keys.find([ADA])[ADA].key == b""


def test_another_installations_backup_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, manifest())
    with pytest.raises(BackupRefused, match="another installation"):
        reach(tmp_path, [], b"x" * 32, Settings())


def test_whatever_is_wrong_with_a_backup_it_is_out_of_reach_and_stops_no_other(tmp_path: Path) -> None:
    broken, missing = tmp_path / "broken", tmp_path / "missing"
    broken.mkdir()
    write_known(broken / FILE_NAME, Known())
    for name in ("events.db", "stream_keys.db", "dead_letters.db"):
        (broken / name).write_text("no database at all, but long enough to be taken for one" * 40)
    names = ["events.db", "stream_keys.db", "dead_letters.db", FILE_NAME]
    write(broken, manifest(files=sums(broken, names)))
    asked = [erasure("1", until=7, generations={ADA: 4})]
    with copied(tmp_path, 3) as folder:
        carried_out(folder).close()
        make_sole(folder.stream_keys)
        make_sole(folder.dead_letters)
        write_known(folder.path / FILE_NAME, Known())
        write(folder.path, manifest(files=sums(folder.path, names)))
        paths = [str(missing), str(broken), str(folder.path)]
        assert reached(paths, asked, SECRET, Settings()) == ([str(folder.path)], [str(missing), str(broken)])


def test_what_this_version_cannot_record_lies_in_the_inbox_of_the_backup(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data").make()
    folder.secret()
    settings = Settings(data=folder.path)
    with closing(SQLiteKeys(folder.path)) as keys, closing(SQLiteInbox(folder.inbox)) as inbox:
        keys.first_store(Store("shop"))
        WriteSide(folder, settings).close()
        inbox.append_now([said(f"m{number}", fact="OfALaterVersion:1") for number in range(30)])
        made = back_up(settings, tmp_path / "copy", told)
    assert (made.waiting, made.positions) == (30, {"0": 0})
    with closing(SQLiteInboxReader(tmp_path / "copy" / "inbox.db")) as kept:
        assert sum(len(events) for _, events in kept.read(0, 100)) == 30
