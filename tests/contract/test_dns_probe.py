"""The resolver is believed only when it got an answer from outside."""

import socket
import threading
from collections.abc import Callable

import pytest

from machiya.adapters.unbound.probe import dns_answers

Answer = Callable[[bytes], bytes | None]


def answered(answer: Answer, seconds: float = 5.0) -> bool:
    """The probe against a resolver that answers one question so."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
        resolver.bind(("127.0.0.1", 0))
        resolver.settimeout(5)

        def serve() -> None:
            question, client = resolver.recvfrom(4096)
            reply = answer(question)
            if reply is not None:
                resolver.sendto(reply, client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            return dns_answers("127.0.0.1", seconds, port=resolver.getsockname()[1])
        finally:
            thread.join()


@pytest.mark.parametrize(("code", "expected"), [(0, True), (3, True), (2, False), (5, False)])
def test_dns_answers_by_the_code_of_the_answer(code: int, *, expected: bool) -> None:
    assert answered(lambda question: question[:2] + bytes([0x81, 0x80 | code]) + question[4:]) is expected


def test_dns_answers_not_when_nobody_does_or_somebody_else() -> None:
    assert not answered(lambda _: None, seconds=0.05)
    assert not answered(lambda question: b"\0\0" + question[2:] if question[:2] != b"\0\0" else b"")
    assert not answered(lambda _: b"")


def test_dns_answers_asks_for_a_name_that_is_in_no_cache() -> None:
    questions: list[bytes] = []

    def remember(question: bytes) -> None:
        questions.append(question)

    for _ in range(2):
        answered(remember, seconds=0.05)
    assert questions[0][12:] != questions[1][12:]
    assert questions[0].endswith(b"\x0acloudflare\x03com\0\0\1\0\1")
