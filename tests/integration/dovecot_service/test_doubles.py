"""The second belt against doubles, and what it must let through."""

import uuid
from collections.abc import Callable

import pytest

from integration.dovecot_service.clients import Clients
from integration.dovecot_service.neighbours import postfix

pytestmark = pytest.mark.mailstack


def test_copy_that_another_persons_script_redirects_is_not_taken_for_a_double(
    clients: Clients, new_mailbox: Callable[..., str]
) -> None:
    first, second = new_mailbox(), new_mailbox()
    clients.sieve(first, f'redirect "{second}";')
    delivery_id = str(uuid.uuid4())
    assert clients.deliver(second, id_=delivery_id).startswith("250")
    with postfix() as left:
        assert clients.deliver(first, id_=delivery_id).startswith("250")
    [redirected] = left
    for _ in range(2):
        assert clients.deliver_raw(second, redirected.content).startswith("250")
        assert clients.deliver(second, id_=delivery_id).startswith("250")
    assert clients.count(second) == 2
