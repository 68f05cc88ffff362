"""The message that every virus scanner must find: the EICAR test file, harmless by agreement.

Source: https://www.eicar.org/download-anti-malware-testfile/ – written in two halves here, so that a scanner of the
disk does not take this file for one.
"""

_FIRST = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$"
_SECOND = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def eicar_message(hostname: str) -> bytes:
    """A complete message with the test file as its text."""
    return (
        f"From: <self-test@{hostname}>\r\n"
        f"To: <self-test@{hostname}>\r\n"
        "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
        f"Message-ID: <self-test@{hostname}>\r\n"
        "Subject: self-test of the virus scanner\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: application/octet-stream\r\n"
        'Content-Disposition: attachment; filename="eicar.com"\r\n'
        "\r\n"
        f"{_FIRST}{_SECOND}"
    ).encode("ascii")
