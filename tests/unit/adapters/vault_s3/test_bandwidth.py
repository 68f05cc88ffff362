import io

from machiya.adapters.vault_s3.bandwidth import Bandwidth, Metered


class Time:
    """A clock that a pause moves on."""

    def __init__(self) -> None:
        self.now, self.pauses = 100.0, list[float]()

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def test_bytes_wait_until_those_before_them_are_through() -> None:
    time = Time()
    bandwidth = Bandwidth(1000, lambda: time.now, time.pause)
    for _ in range(4):
        bandwidth.take(500)
    assert time.pauses == [0.5, 0.5, 0.5]


def test_time_that_passed_unused_is_not_saved_up() -> None:
    time = Time()
    bandwidth = Bandwidth(1000, lambda: time.now, time.pause)
    bandwidth.take(500)
    time.now += 3600
    bandwidth.take(500)
    bandwidth.take(500)
    assert time.pauses == [0.5]


def test_without_a_limit_nothing_waits() -> None:
    time = Time()
    bandwidth = Bandwidth(0, lambda: time.now, time.pause)
    bandwidth.take(10**12)
    bandwidth.take(10**12)
    assert time.pauses == []


def test_a_part_of_a_file_is_read_as_a_file_of_its_own() -> None:
    part = Metered(io.BytesIO(b"0123456789"), Bandwidth(0), 3, 4)
    assert (len(part), part.read(), part.read(), part.tell()) == (4, b"3456", b"", 4)
    assert (part.seek(1), part.read(2), part.seek(-1, 2), part.read()) == (1, b"45", 3, b"6")
    assert (part.seek(0), part.seek(2, 1), part.read(10)) == (0, 2, b"56")
