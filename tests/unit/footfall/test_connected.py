from __future__ import annotations

import os
import socket
from contextlib import closing

import pytest

from footfall.distributed.connected import main, missing
from footfall.front_door import listen
from footfall.loopback import HOST


def test_a_connection_counts_while_it_is_open() -> None:
    with closing(listen(HOST, 0)) as listener:
        port = listener.getsockname()[1]
        assert missing(os.getpid(), [port]) == [port]
        with closing(socket.create_connection((HOST, port))):
            assert missing(os.getpid(), [port]) == []
        assert missing(os.getpid(), [port]) == [port]


def test_the_connection_of_another_process_does_not_count() -> None:
    with closing(listen(HOST, 0)) as listener, closing(socket.create_connection(listener.getsockname())):
        port = listener.getsockname()[1]
        assert missing(os.getppid(), [port]) == [port]


def test_a_process_that_is_not_there_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["4194305", "9092"])
    assert end.value.code == 1
    assert "no connection to port 9092" in capsys.readouterr().err
