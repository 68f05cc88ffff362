"""How mail out is: what waits in Postfix's queue, and whether the relay has a password."""

from machiya.bootstrap import House
from machiya.mail.queue_health import waiting_problems, waiting_words


def look_at_way_out(house: House) -> tuple[list[tuple[str, str]], list[str]]:
    """What there is to tell of it, and what is wrong."""
    messages = house.mail_queue().list()
    relay = house.settings.relay.default
    told = f"{waiting_words(messages)}, relay {relay.host}"
    if relay.user and not house.settings.secrets.relay_password.get_secret_value():
        told += " without a password (machiya secret set relay_password)"
    return [("mail out", told)], list(waiting_problems(messages, house.clock.now()))
