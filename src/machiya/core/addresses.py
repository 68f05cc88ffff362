"""Domain names and e-mail addresses as values that cannot be wrong."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

import idna

from machiya.core.errors import InvalidAddress

LOCAL_PART_OCTETS = 64
DOMAIN_OCTETS = 255
ADDRESS_OCTETS = 254
LABEL_OCTETS = 63

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # Unicode's categories Cc and Cs
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_ATEXT = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\U0010ffff]+"
_DOT_ATOM = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_QUOTED = re.compile(r'"(?:[ !#-\[\]-~\u0080-\U0010ffff]|\\[ -~])*"')
_ASCII_LOWER = str.maketrans({chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)})


def _refuse_controls(text: str, what: str) -> None:
    if _CONTROLS.search(text):
        raise InvalidAddress(f"{what} contains a control character: {text!r}", hint="Remove it and try again.")


def _fold(local: str) -> str:
    """Lower-case letters may compose where capitals do not (H with a line below), so NFC comes last again."""
    return unicodedata.normalize("NFC", local.translate(_ASCII_LOWER))


def _to_a_labels(text: str) -> str:
    try:
        return idna.encode(text, uts46=True, std3_rules=False, transitional=False).decode("ascii").lower()
    except idna.IDNAError as error:
        raise InvalidAddress(f"not a domain name: {text!r} ({error})", hint="Write it like example.jp.") from error


@dataclass(frozen=True, slots=True, order=True)
class DomainName:
    """A domain name in canonical form: lower-case A-labels, no final dot.

    Source: RFC 5321 §4.1.2 and §4.5.3.1.2 (sizes), RFC 5891 and UTS 46 (IDNA).
    """

    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Canonicalise ``text`` (Unicode or A-labels, any case).

        Raises:
            InvalidAddress: not a domain name, an address literal, or too long.
        """
        _refuse_controls(text, "the domain")
        name = cls._canonical(unicodedata.normalize("NFC", text))
        labels = name.split(".")
        if len(name) > DOMAIN_OCTETS or any(len(label) > LABEL_OCTETS for label in labels):
            raise InvalidAddress(f"the domain is too long: {text!r}", hint="255 octets, 63 in each label.")
        if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
            raise InvalidAddress(f"not a domain name: {text!r}", hint="Write it like example.jp.")
        return cls(name)

    @staticmethod
    def _canonical(text: str) -> str:
        """ASCII names skip IDNA's mapping, so that an underscore label stays as it is."""
        bare = text.removesuffix(".")
        if bare.isascii() and "xn--" not in bare.lower():
            return bare.translate(_ASCII_LOWER)
        return _to_a_labels(bare).removesuffix(".")

    @property
    def unicode(self) -> str:
        """The name for people: U-labels where they decode."""
        try:
            return idna.decode(self.name)
        except (idna.IDNAError, UnicodeError):
            return self.name

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, order=True)
class EmailAddress:
    """A mailbox address in canonical form: NFC, ASCII letters of the local part in lower case, domain as A-labels.

    Source: RFC 5321 §4.1.2 (syntax), §4.5.3.1 (sizes), RFC 6531 (UTF-8 local parts). RFC 5321 leaves the case of
    the local part to the receiving host; this house folds ASCII letters.
    """

    local: str
    domain: DomainName

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``local@domain`` (no display name, no angle brackets).

        Raises:
            InvalidAddress: no ``@``, an empty part, a bad character, or too long.
        """
        _refuse_controls(text, "the address")
        local, at, domain = unicodedata.normalize("NFC", text).rpartition("@")
        if not at or not local or not domain:
            raise InvalidAddress(f"not an e-mail address: {text!r}", hint="Write it like taro@example.jp.")
        if not _DOT_ATOM.fullmatch(local) and not _QUOTED.fullmatch(local):
            raise InvalidAddress(f"the part before @ is not valid: {text!r}", hint="Letters, digits and . _ + - work.")
        address = cls(_fold(local), DomainName.parse(domain))
        address._check_sizes(text)
        return address

    def _check_sizes(self, text: str) -> None:
        if len(self.local.encode()) > LOCAL_PART_OCTETS:
            raise InvalidAddress(f"the part before @ is too long: {text!r}", hint="At most 64 octets.")
        if len(str(self).encode()) > ADDRESS_OCTETS:
            raise InvalidAddress(f"the address is too long: {text!r}", hint="At most 254 octets.")

    @property
    def tag(self) -> str:
        """What stands after the first ``+`` of the local part; empty if there is none."""
        return self.local.partition("+")[2] if self._has_tag else ""

    @property
    def untagged(self) -> "EmailAddress":
        """The same address without its ``+tag``."""
        return EmailAddress(self.local.partition("+")[0], self.domain) if self._has_tag else self

    @property
    def _has_tag(self) -> bool:
        return self.local.find("+") > 0 and not self.local.startswith('"')

    @property
    def unicode(self) -> str:
        """The address for people."""
        return f"{self.local}@{self.domain.unicode}"

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"
