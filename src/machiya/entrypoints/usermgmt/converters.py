"""Addresses and domains in paths: parsed before a view sees them; what is none leads nowhere (404)."""

from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError

from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import InvalidAddress
from machiya.core.identifiers import DeliveryId


class AddressConverter(BaseConverter):
    """``<address:address>``; a local part may hold a slash."""

    regex = r"[^/].{0,300}?@[^/]{1,255}"
    part_isolating = False

    def to_python(self, value: str) -> EmailAddress:
        """The address."""
        try:
            return EmailAddress.parse(value)
        except InvalidAddress as error:
            raise ValidationError from error


class DomainConverter(BaseConverter):
    """``<domain:name>``."""

    regex = r"[^/]{1,255}"

    def to_python(self, value: str) -> DomainName:
        """The domain name."""
        try:
            return DomainName.parse(value)
        except InvalidAddress as error:
            raise ValidationError from error


class DeliveryConverter(BaseConverter):
    """``<delivery:which>``."""

    regex = r"[0-9a-f-]{8,64}"

    def to_python(self, value: str) -> DeliveryId:
        """The id, as it stands in the ledger."""
        return DeliveryId(value)


def install_converters(app: Flask) -> None:
    """Give routes their names."""
    app.url_map.converters.update(address=AddressConverter, domain=DomainConverter, delivery=DeliveryConverter)
