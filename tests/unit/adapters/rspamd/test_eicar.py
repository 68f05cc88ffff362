"""The test file as clamd gets it."""

import email
import hashlib

from machiya.adapters.rspamd.eicar import eicar_message

# The MD5 that EICAR's file has in databases that know it by its hash only, and its size.
MD5, SIZE = "44d88612fea8a8f36de82e1278abb02f", 68


def test_eicar_message_is_the_file_to_the_byte() -> None:
    message = eicar_message("mail.home.test")
    assert not [line for line in message.split(b"\r\n") if b"\n" in line or len(line) > 998]
    parsed = email.message_from_bytes(message)
    file = parsed.get_payload(decode=True)
    assert isinstance(file, bytes)
    assert (hashlib.md5(file).hexdigest(), len(file)) == (MD5, SIZE)
    assert (parsed["From"], parsed.get_content_disposition()) == ("<self-test@mail.home.test>", "attachment")
