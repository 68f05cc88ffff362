"""A certificate authority of the house's own, for trying it out: clients trust it once it is installed on them."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from machiya.adapters.certificates.pem import read_pair
from machiya.core.clock import Clock
from machiya.stacks.certificates import Certificate, CertificateUnusable

CA_FILE, CA_KEY_FILE = "ca.crt", "ca.key"
_CA_DAYS = 3650
# Apple's systems refuse a server certificate of more than 825 days, from a CA that a person installed too.
_SERVER_DAYS = 365
_BACKDATED = timedelta(hours=1)

Write = Callable[[Path, bytes], None]


class LocalCa:
    """Keeps the authority in ``folder``; makes it when first asked. ``write`` replaces a file, readable by root only.

    ``addresses`` stand in each certificate beside the names, for clients that connect by address.
    """

    owner_decides = False

    def __init__(self, folder: Path, write: Write, clock: Clock, addresses: Sequence[str] = ()) -> None:
        self._folder, self._write, self._clock, self._addresses = folder, write, clock, addresses

    def obtain(self, names: Sequence[str]) -> Certificate:
        """A new key and a certificate for a year.

        Raises:
            CertificateUnusable: the authority's files are damaged.
        """
        authority, authority_key = self._authority()
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._named(names[0], authority.subject, key, _SERVER_DAYS)
        for extension, critical in _server_extensions(key, authority, names, self._addresses):
            builder = builder.add_extension(extension, critical=critical)
        certificate = builder.sign(authority_key, hashes.SHA256())
        return read_pair(_pem(certificate) + _pem(authority), _key_pem(key))

    def _authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        certificate, key = self._folder / CA_FILE, self._folder / CA_KEY_FILE
        if not certificate.exists() or not key.exists():
            self._found()
        try:
            private = serialization.load_pem_private_key(key.read_bytes(), password=None)
            authority = x509.load_pem_x509_certificate(certificate.read_bytes())
        except (ValueError, OSError) as error:
            raise CertificateUnusable(
                f"the local CA in {self._folder} cannot be read: {error}",
                hint="Remove both of its files: it is made anew.",
            ) from error
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise CertificateUnusable(f"{key} is not the key of a local CA", hint="Remove it and ca.crt.")
        return authority, private

    def _found(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Machiya local CA {self._clock.now():%Y-%m-%d}")])
        builder = self._named(name, name, key, _CA_DAYS)
        for extension, critical in _authority_extensions(key):
            builder = builder.add_extension(extension, critical=critical)
        self._write(self._folder / CA_KEY_FILE, _key_pem(key))
        self._write(self._folder / CA_FILE, _pem(builder.sign(key, hashes.SHA256())))

    def _named(
        self, subject: str | x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
    ) -> x509.CertificateBuilder:
        if isinstance(subject, str):
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject[:64])])
        begin = self._clock.now() - _BACKDATED
        builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        return (
            builder.serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=days))
        )


Extensions = Sequence[tuple[x509.ExtensionType, bool]]


def _authority_extensions(key: ec.EllipticCurvePrivateKey) -> Extensions:
    """Python 3.13 refuses an authority without a critical key usage."""
    return (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_usage(sign=False), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    )


def _server_extensions(
    key: ec.EllipticCurvePrivateKey, authority: x509.Certificate, names: Sequence[str], addresses: Sequence[str]
) -> Extensions:
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    alternatives = [*map(x509.DNSName, names), *(x509.IPAddress(ip_address(text)) for text in addresses)]
    return (
        (x509.SubjectAlternativeName(alternatives), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(sign=True), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False),
    )


def _usage(*, sign: bool) -> x509.KeyUsage:
    """``sign``: a server's; else an authority's."""
    return x509.KeyUsage(
        digital_signature=sign,
        key_cert_sign=not sign,
        crl_sign=not sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())
