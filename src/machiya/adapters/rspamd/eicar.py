"""The message that every virus scanner must find: the EICAR test file, harmless by agreement.

Source: https://www.eicar.org/download-anti-malware-testfile/ – written in two halves here, so that a scanner of the
disk does not take this file for one. In base64, as an attachment is sent: only so clamd sees a file of exactly these 68
bytes, whose hash some databases know it by.
"""

import base64

_FIRST = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$"
_SECOND = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def eicar_message(hostname: str) -> bytes:
    """A complete message that is the test file."""
    file = base64.encodebytes(f"{_FIRST}{_SECOND}".encode("ascii")).decode("ascii").replace("\n", "\r\n")
    return (
        f"From: <self-test@{hostname}>\r\n"
        f"To: <self-test@{hostname}>\r\n"
        "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
        f"Message-ID: <self-test@{hostname}>\r\n"
        "Subject: self-test of the virus scanner\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: application/octet-stream\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="eicar.com"\r\n'
        "\r\n"
        f"{file}"
    ).encode("ascii")
