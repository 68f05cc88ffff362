"""The health check by bash alone."""

import pytest

from machiya.stacks.health import answers_at


@pytest.mark.parametrize("word", ["/dev/tcp/127.0.0.1/8081", "GET /health"])
def test_answers_at_asks_over_http(word: str) -> None:
    assert word in answers_at(8081)[-1]
