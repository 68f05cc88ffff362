"""Random tokens that are handed out once; only their hash is stored."""

import hashlib
import secrets

from machiya.access.model import Who

TOKEN_BYTES = 32
ID_BYTES = 12
_LONGEST = 128


def new_token() -> str:
    """256 random bits in base64url."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_id() -> str:
    """A public name for a session: 96 random bits in base64url."""
    return secrets.token_urlsafe(ID_BYTES)


def hash_of_token(token: str) -> str:
    """SHA-256; 256 random bits need no slow hash. What can be no token has the hash of none."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest() if 0 < len(token) <= _LONGEST else ""


def stamp_of(who: Who, stored_password: str) -> str:
    """Changes with the stored password and does not tell it; empty where nobody can log in."""
    if not stored_password:
        return ""
    return hashlib.sha256(f"machiya-stamp\0{who}\0{stored_password}".encode()).hexdigest()
