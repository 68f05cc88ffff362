"""A mail program: what a person does to stored mail."""

import imaplib

FOLDER = "Archive/&ZeVnLIqe-"


def move(port: int, address: str, password: str, delivery_id: str) -> None:
    """Move the message of this delivery out of the INBOX, into a folder with a Japanese name, seen and flagged."""
    with imaplib.IMAP4("127.0.0.1", port) as session:
        session.login(address, password)
        session.create(f'"{FOLDER}"')
        session.select("INBOX")
        _, found = session.search(None, "HEADER", "X-Machiya-Delivery", delivery_id)
        [number] = found[0].split()
        session.store(number, "+FLAGS", r"(\Seen \Flagged)")
        answer, _ = session.copy(number, f'"{FOLDER}"')
        assert answer == "OK"
        session.store(number, "+FLAGS", r"(\Deleted)")
        session.expunge()


def fetch_all(port: int, address: str, password: str) -> list[bytes]:
    """Every message of the INBOX, as IMAP gives it (CRLF)."""
    with imaplib.IMAP4("127.0.0.1", port) as session:
        session.login(address, password)
        _, [count] = session.select("INBOX", readonly=True)
        messages = []
        for number in range(1, int(count or b"0") + 1):
            _, data = session.fetch(str(number), "(BODY.PEEK[])")
            messages.append(data[0][1])  # type: ignore[index]
        return messages  # type: ignore[return-value]
