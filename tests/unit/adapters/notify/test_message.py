from email import message_from_bytes
from email.policy import SMTP

from fakes.moving_clock import START
from machiya.adapters.notify.message import message_bytes, notice_id

SUBJECT = "house.test: backup.daily failed / 失敗しました"


def test_message_is_whole_ascii_and_says_that_a_program_wrote_it() -> None:
    content = message_bytes(
        SUBJECT, "理由\n", sender="machiya@house.test", to="you@home.test", hostname="house.test", moment=START
    )  # fmt: skip
    content.decode("ascii")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    message = message_from_bytes(content, policy=SMTP)
    assert (message["Subject"], message["To"], message["Auto-Submitted"]) == (
        SUBJECT,
        "you@home.test",
        "auto-generated",
    )
    assert message.get_content() == "理由\r\n"


def test_message_of_a_subject_with_line_ends_has_no_field_of_theirs() -> None:
    content = message_bytes("a\r\nBcc: x@y.test\r\n", "t", sender="a@b.test", to="c@d.test", hostname="h", moment=START)
    assert message_from_bytes(content, policy=SMTP)["Bcc"] is None


def test_notice_id_is_the_same_for_the_same_notice_only() -> None:
    assert notice_id("s", "t", START) == notice_id("s", "t", START)
    assert len({notice_id("s", "t", START), notice_id("st", "", START), notice_id("s", "u", START)}) == 3
