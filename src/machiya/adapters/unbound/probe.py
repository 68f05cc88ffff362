"""Asks the house's resolver whether DNS outside answers: for a name that nobody has, so that no cache can.

Source: RFC 1035 §4.1.
"""

import secrets
import socket

PORT = 53
_ZONE = "cloudflare.com"  # its servers must be reachable for mail to come at all
_NO_ERROR, _NO_SUCH_NAME = 0, 3
_TYPE_A_CLASS_IN = b"\0\1\0\1"


def dns_answers(address: str, seconds: float = 6.0, port: int = PORT) -> bool:
    """Whether the resolver at ``address`` got an answer from outside within ``seconds``; never raises."""
    query = _query(f"machiya-{secrets.token_hex(6)}.{_ZONE}")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.settimeout(seconds)
            channel.connect((address, port))
            channel.send(query)
            answer = channel.recv(4096)
    except OSError:
        return False
    return answer[:2] == query[:2] and len(answer) > len(_HEADER) and answer[3] & 0x0F in {_NO_ERROR, _NO_SUCH_NAME}


_HEADER = b"\1\0\0\1\0\0\0\0\0\0"  # a question, recursion desired


def _query(name: str) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return secrets.token_bytes(2) + _HEADER + labels + b"\0" + _TYPE_A_CLASS_IN
