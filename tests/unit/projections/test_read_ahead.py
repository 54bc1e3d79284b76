"""Reading ahead says what reading says, reads on behind full sections alone, and uses what it read only once."""

from __future__ import annotations

from projections.read_ahead import ReadAhead
from schemas.facts import LogSection
from tests.unit.projections.doubles import ListNotifications, notification


class Watched(ListNotifications):
    """A log that remembers what it was asked, and fails when told to."""

    def __init__(self, length: int) -> None:
        super().__init__([notification(id_) for id_ in range(1, length + 1)])
        self.asked: list[int] = []
        self.broken: set[int] = set()

    def read(self, after: int, limit: int) -> LogSection:
        self.asked.append(after)
        if after in self.broken:
            self.broken.remove(after)
            raise OSError
        return super().read(after, limit)


def test_a_log_is_read_as_without_and_each_section_once() -> None:
    log = Watched(5)
    ahead, plain = ReadAhead(log), ListNotifications(log.notifications)
    for after in (0, 2, 4):
        assert ahead.read(after, 2) == plain.read(after, 2)
    assert log.asked == [0, 2, 4]
    assert (ahead.last_id(), ahead.read_ids([2, 3])) == (5, plain.read_ids([2, 3]))


def test_who_reads_on_elsewhere_gets_what_lies_there() -> None:
    log = Watched(6)
    ahead = ReadAhead(log)
    ahead.read(0, 2)
    assert [one.id for one in ahead.read(3, 2).notifications] == [4, 5]
    assert [one.id for one in ahead.read(0, 2).notifications] == [1, 2]


def test_the_end_of_the_log_is_always_looked_at_anew() -> None:
    log = Watched(1)
    ahead = ReadAhead(log)
    assert ahead.read(0, 2).last_id == 1
    assert ahead.read(1, 2).last_id == 0
    log.notifications.append(notification(2))
    assert ahead.read(1, 2).last_id == 2


def test_a_fault_ahead_is_the_readers_who_gets_there_and_may_try_again() -> None:
    log = Watched(4)
    log.broken = {2}
    ahead = ReadAhead(log)
    assert ahead.read(0, 2).last_id == 2
    try:
        ahead.read(2, 2)
    except OSError:
        assert ahead.read(2, 2).last_id == 4
    else:
        raise AssertionError("the fault was hidden")
