import threading

import pytest

from machiya.adapters.passwords.capped import CappedHasher
from machiya.core.errors import Unavailable


class Slow:
    """Stays at work until it is let go; ``most`` is how many were at it at once."""

    def __init__(self) -> None:
        self.go, self.begun = threading.Event(), threading.Semaphore(0)
        self.lock, self.present, self.most = threading.Lock(), 0, 0

    def hash(self, password: str) -> str:
        with self.lock:
            self.present += 1
            self.most = max(self.most, self.present)
        self.begun.release()
        assert self.go.wait(60)
        with self.lock:
            self.present -= 1
        return password

    def verify(self, stored: str, password: str) -> bool:
        return self.hash(password) == stored


def test_only_so_many_work_at_once_and_all_get_their_turn() -> None:
    slow, results = Slow(), []
    capped = CappedHasher(slow, at_once=2, patience_seconds=60)
    threads = [threading.Thread(target=lambda: results.append(capped.verify("x", "x"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    assert slow.begun.acquire(timeout=60)
    assert slow.begun.acquire(timeout=60)
    slow.go.set()
    for thread in threads:
        thread.join()
    assert (slow.most, results) == (2, [True] * 6)


def test_who_gets_no_turn_is_told_to_come_back() -> None:
    slow = Slow()
    capped = CappedHasher(slow, at_once=1, patience_seconds=0)
    busy = threading.Thread(target=capped.hash, args=("x",))
    busy.start()
    assert slow.begun.acquire(timeout=60)
    with pytest.raises(Unavailable) as refused:
        capped.verify("x", "x")
    assert not refused.value.permanent
    slow.go.set()
    busy.join()
    assert capped.hash("y") == "y"


class Failing:
    def hash(self, password: str) -> str:
        raise ValueError(password)

    def verify(self, stored: str, password: str) -> bool:
        raise ValueError(stored, password)


def test_a_turn_is_given_back_when_the_work_fails() -> None:
    capped = CappedHasher(Failing(), at_once=1, patience_seconds=0)
    for _ in range(3):
        with pytest.raises(ValueError, match="x"):
            capped.hash("x")
