"""Reads what a certificate and its key say."""

import re
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization

from machiya.stacks.certificates import Certificate, CertificateUnusable

_CERTIFICATES = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_KEYS = re.compile(rb"-----BEGIN ((?:[A-Z]+ )*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)


def read_pair(chain: bytes, key: bytes) -> Certificate:
    """Both files of a certificate, PEM; what else they hold is left out, so that one file may be both.

    Raises:
        CertificateUnusable: not PEM, or the key is another one's.
    """
    chain = b"".join(block[0] + b"\n" for block in _CERTIFICATES.finditer(chain))
    key = b"".join(block[0] + b"\n" for block in _KEYS.finditer(key))
    try:
        leaf = x509.load_pem_x509_certificates(chain)[0]
        private = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateUnusable(
            f"the certificate or its key cannot be read: {error}", hint="Both are PEM; the key has no passphrase."
        ) from error
    if _spki(leaf.public_key()) != _spki(private.public_key()):
        raise CertificateUnusable(
            "the private key does not belong to the certificate", hint="Take both from one place."
        )
    return Certificate(
        chain=chain,
        key=key,
        names=tuple(_names(leaf)),
        issuer=leaf.issuer.rfc4514_string(),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(":").upper(),
    )


def _names(leaf: x509.Certificate) -> Sequence[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = map(str, names.get_values_for_type(x509.IPAddress))
    return (*(name.lower() for name in names.get_values_for_type(x509.DNSName)), *addresses)


def _spki(key: object) -> bytes:
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(encoding, form)  # type: ignore[attr-defined,no-any-return]  # a union of every kind of key
