"""The ClickHouse child: what it lets nobody do, and that it lives exactly as long as its parent."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import Error, ServerException

from footfall.chdb_server import ClickHouseServer, FolderBusy, ServerError

pytestmark = [pytest.mark.product, pytest.mark.embedded("about the ClickHouse that the embedded mode starts")]

MEMORY = 1024**3
ACCESS_DENIED = 497
AUTHENTICATION_FAILED = 516
MEMORY_LIMIT_EXCEEDED = 241
READONLY = 164
SETTING_CONSTRAINT_VIOLATION = 452
TOO_MANY_SESSIONS = 700
TIMEOUT_EXCEEDED = 159


def eventually(condition: Callable[[], bool], within: float = 15.0) -> bool:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


OPEN_CLIENTS: list[Client] = []


@pytest.fixture(autouse=True)
def no_client_left_open() -> Iterator[None]:
    yield
    while OPEN_CLIENTS:
        OPEN_CLIENTS.pop().disconnect()


def connect(server: ClickHouseServer, user: str = "", password: str | None = None, database: str = "") -> Client:
    password = server.password if password is None else password
    client = Client(server.host, server.port, user=user or server.user, password=password, database=database)
    OPEN_CLIENTS.append(client)
    return client


def gone(pid: int) -> bool:
    """Whether the process has ended; whoever inherited it may not have noticed yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def as_reader(server: ClickHouseServer) -> Client:
    return connect(server, server.reader, server.reader_password, server.database)


def refusal(client: Client, statement: str, **options: Any) -> int:
    """Return the code with which the server refuses the statement."""
    with pytest.raises(ServerException) as caught:
        client.execute(statement, **options)
    return int(caught.value.code)


def table_with_numbers(client: Client, name: str, count: int) -> None:
    client.execute("CREATE DATABASE IF NOT EXISTS footfall")
    client.execute(f"DROP TABLE IF EXISTS footfall.{name}")
    client.execute(
        f"CREATE TABLE footfall.{name} (n UInt64) ENGINE = ReplacingMergeTree ORDER BY n"
        " SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"
    )
    client.execute(f"INSERT INTO footfall.{name} SELECT number FROM numbers({count})")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    with ClickHouseServer(tmp_path_factory.mktemp("clickhouse"), MEMORY) as running:
        running.wait_ready()
        yield running


def test_it_listens_on_loopback_for_the_native_protocol_only(server: ClickHouseServer) -> None:
    assert connect(server).execute("SELECT 1") == [(1,)]
    assert server.pid
    listening = {
        connection.laddr
        for connection in psutil.Process(server.pid).net_connections("inet")
        if connection.status == "LISTEN"
    }
    assert listening == {("127.0.0.1", server.port)}


def test_a_wrong_password_is_refused(server: ClickHouseServer) -> None:
    assert refusal(connect(server, password="wrong"), "SELECT 1") == AUTHENTICATION_FAILED
    assert refusal(connect(server, server.reader, "wrong"), "SELECT 1") == AUTHENTICATION_FAILED


def test_the_user_without_a_password_does_not_get_in(server: ClickHouseServer) -> None:
    client = connect(server, "default", "")
    for statement in ("SELECT 1", "SELECT * FROM system.users", "CREATE DATABASE mine"):
        assert refusal(client, statement) == TOO_MANY_SESSIONS


def test_passwords_are_readable_by_the_owner_only_and_in_no_other_file(server: ClickHouseServer) -> None:
    assert (server.folder / "passwords.json").stat().st_mode & 0o777 == 0o600
    for name in ("users.xml", "config.xml"):
        text = (server.folder / name).read_text()
        assert server.password not in text
        assert server.reader_password not in text


def test_the_product_reaches_its_databases_and_no_file_or_address(server: ClickHouseServer) -> None:
    client = connect(server)
    client.execute("CREATE DATABASE IF NOT EXISTS footfall_aside")
    client.execute("DROP DATABASE footfall_aside")
    for statement in (
        "CREATE DATABASE other",
        "SELECT * FROM file('passwords.json', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    ):
        assert refusal(client, statement) == ACCESS_DENIED


def test_what_the_read_models_need_works(server: ClickHouseServer) -> None:
    client = connect(server)
    table_with_numbers(client, "source", 1000)
    table_with_numbers(client, "target", 0)
    client.execute(
        "CREATE OR REPLACE VIEW footfall.up_to AS SELECT n FROM footfall.source FINAL WHERE n <= {most:UInt64}"
    )
    touched = [{"name": "touched", "structure": [("n", "UInt64")], "data": [{"n": 3}, {"n": 700}]}]
    client.execute(
        "INSERT INTO footfall.target SELECT n FROM footfall.up_to(most = 500) WHERE n IN (SELECT n FROM touched)",
        external_tables=touched,
    )
    assert client.execute("SELECT n FROM footfall.target") == [(3,)]
    client.execute("EXCHANGE TABLES footfall.source AND footfall.target")
    assert client.execute("SELECT count() FROM footfall.source") == [(1,)]
    client.execute("ALTER TABLE footfall.target DELETE WHERE n < 10 SETTINGS mutations_sync = 1")
    assert client.execute("SELECT count() FROM footfall.target") == [(990,)]


def test_the_reader_reads_within_its_limits_and_writes_nothing(server: ClickHouseServer) -> None:
    table_with_numbers(connect(server), "readable", 10)
    reader = as_reader(server)
    wanted = [{"name": "wanted", "structure": [("n", "UInt64")], "data": [{"n": 3}]}]
    found = reader.execute("SELECT n FROM readable WHERE n IN (SELECT n FROM wanted)", external_tables=wanted)
    assert found == [(3,)]
    for statement in (
        "INSERT INTO readable SELECT 1",
        "CREATE TABLE footfall.mine (n UInt8) ENGINE = Memory",
        "DROP TABLE footfall.readable",
        "SELECT * FROM system.users",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    ):
        assert refusal(reader, statement) in {ACCESS_DENIED, READONLY}
    assert refusal(reader, "SELECT 1 SETTINGS max_execution_time = 3600") == SETTING_CONSTRAINT_VIOLATION
    assert refusal(reader, "SELECT 1 SETTINGS max_memory_usage = 0") == SETTING_CONSTRAINT_VIOLATION
    slow = "SELECT sum(sipHash64(number)) FROM numbers(100000000000) SETTINGS max_execution_time = 1"
    assert refusal(reader, slow) == TIMEOUT_EXCEEDED


def test_memory_is_capped(server: ClickHouseServer) -> None:
    client = connect(server)
    limit = client.execute("SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'")
    assert limit == [(str(MEMORY),)]
    greedy = "SELECT groupArray(number) FROM numbers(1000000000) SETTINGS max_memory_usage = 0"
    assert refusal(client, greedy) == MEMORY_LIMIT_EXCEEDED
    assert client.execute("SELECT 1") == [(1,)]


def test_it_writes_no_tables_of_its_own(server: ClickHouseServer) -> None:
    client = connect(server)
    own = client.execute(
        "SELECT name FROM system.tables WHERE database NOT LIKE 'footfall%' AND engine LIKE '%MergeTree'"
    )
    assert own == []


def test_the_cap_does_not_take_the_threads_away(server: ClickHouseServer) -> None:
    plan = connect(server).execute(
        "EXPLAIN PIPELINE SELECT number % 10 AS k, count() FROM numbers_mt(10000000) GROUP BY k"
    )
    threads = max(int(count) for (line,) in plan for count in re.findall(r"NumbersRange \S (\d+)", line) or ["1"])
    assert threads == min(os.cpu_count() or 1, MEMORY // (128 * 1024**2)), plan


def test_it_comes_back_on_the_same_port_with_its_data_after_a_kill(tmp_path: Path) -> None:
    with ClickHouseServer(tmp_path, MEMORY) as server:
        server.wait_ready()
        port, before = server.port, server.pid
        assert before
        table_with_numbers(connect(server), "kept", 1000)
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda: server.alive() and server.pid != before)
        server.wait_ready()
        assert (server.port, server.restarts) == (port, 1)
        assert connect(server).execute("SELECT count() FROM footfall.kept") == [(1000,)]


def test_it_keeps_data_and_passwords_over_a_stop(tmp_path: Path) -> None:
    with ClickHouseServer(tmp_path, MEMORY) as first:
        first.wait_ready()
        table_with_numbers(connect(first), "kept", 10)
        child = first.pid
    assert child
    assert gone(child)
    assert not first.alive()
    with ClickHouseServer(tmp_path, MEMORY) as second:
        second.wait_ready()
        assert (second.password, second.reader_password) == (first.password, first.reader_password)
        assert connect(second).execute("SELECT count() FROM footfall.kept") == [(10,)]
        assert second.restarts == 0


PARENT = """
import sys, threading
from pathlib import Path
from footfall.chdb_server import ClickHouseServer
server = ClickHouseServer(Path(sys.argv[1]), int(sys.argv[2]))
server.start()
server.wait_ready()
print(server.pid, flush=True)
threading.Event().wait()
"""


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a server in a process of its own; give that process and the child's id."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(MEMORY)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def test_it_dies_with_a_killed_parent_and_the_next_start_works_at_once(
    tmp_path: Path, parent: tuple[subprocess.Popen[str], int]
) -> None:
    process, child = parent
    process.kill()
    process.wait()
    with ClickHouseServer(tmp_path, MEMORY) as server:
        server.wait_ready()
        assert eventually(lambda: gone(child))
        assert server.restarts == 0
        assert connect(server).execute("SELECT 1") == [(1,)]


def test_a_stopped_child_of_a_killed_parent_does_not_keep_the_folder(
    tmp_path: Path, parent: tuple[subprocess.Popen[str], int]
) -> None:
    process, child = parent
    os.kill(child, signal.SIGSTOP)
    process.kill()
    process.wait()
    with ClickHouseServer(tmp_path, MEMORY) as server:
        server.wait_ready()
        assert gone(child)


def test_a_second_server_on_the_folder_says_who_holds_it(
    tmp_path: Path, parent: tuple[subprocess.Popen[str], int]
) -> None:
    process, _ = parent
    with pytest.raises(FolderBusy, match=f"in use by process {process.pid}"):
        ClickHouseServer(tmp_path, MEMORY).start(busy_timeout=0.3)


def test_a_second_server_waits_for_the_first_to_stop(tmp_path: Path) -> None:
    first = ClickHouseServer(tmp_path, MEMORY)
    first.start()
    first.wait_ready()
    first.stop()
    second = ClickHouseServer(tmp_path, MEMORY)
    second.start(busy_timeout=5)
    try:
        second.wait_ready()
    finally:
        second.stop()


def test_a_server_that_never_became_ready_can_be_stopped_and_leaves_nothing(tmp_path: Path) -> None:
    server = ClickHouseServer(tmp_path, MEMORY)
    server.start()
    server.stop()
    assert eventually(lambda: not server.alive())
    with pytest.raises((Error, OSError)):
        connect(server).execute("SELECT 1")


def test_a_taken_port_is_a_clear_error_and_frees_the_folder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"port {port} of 127.0.0.1 cannot be used"):
            ClickHouseServer(tmp_path, MEMORY, port=port).start()
    with ClickHouseServer(tmp_path, MEMORY) as server:
        server.wait_ready()


def test_two_servers_never_share_a_port(tmp_path: Path, server: ClickHouseServer) -> None:
    with pytest.raises(ServerError, match="cannot be used"):
        ClickHouseServer(tmp_path, MEMORY, port=server.port).start()


def test_too_little_memory_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least"):
        ClickHouseServer(tmp_path, 1024)
