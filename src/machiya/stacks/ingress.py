"""What the tunnel lets in: one model, rendered for cloudflared and for its stand-in alike."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from machiya.core.addresses import DomainName
from machiya.core.errors import InvalidInput

NOT_FOUND = "http_status:404"
STAND_IN_WEBMAIL = "webmail.localhost"
"""The stand-in's name for webmail: browsers take it for this machine, and for as safe as TLS."""
_SCHEMES = ("http", "https")


class InvalidIngress(InvalidInput):
    """The tunnel's ingress rules cannot be used."""

    code = "invalid_ingress"


@dataclass(frozen=True, slots=True)
class IngressRule:
    """Requests for ``hostname`` whose path matches ``path`` go to ``service``.

    ``path`` is a regular expression, empty for every path; ``service`` is like
    ``http://10.77.3.17:8080``, without a path.
    """

    hostname: str
    service: str
    path: str = ""

    def __post_init__(self) -> None:
        if DomainName.parse(self.hostname).name != self.hostname:
            raise InvalidIngress(f"{self.hostname!r} is not a hostname in lower-case A-labels")
        parts = urlsplit(self.service)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.path or parts.query:
            raise InvalidIngress(f"{self.service!r} is no service", hint="Write it like http://10.77.3.17:8080.")
        _require_pattern(self.path)


@dataclass(frozen=True, slots=True)
class Ingress:
    """Rules in order, the first that matches wins; what matches none is answered 404.

    Source: https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/
    """

    rules: tuple[IngressRule, ...]

    @property
    def hostnames(self) -> tuple[str, ...]:
        """Each hostname once, in order."""
        return tuple(dict.fromkeys(rule.hostname for rule in self.rules))

    def of(self, hostname: str) -> tuple[IngressRule, ...]:
        """The rules of one hostname, in order."""
        return tuple(rule for rule in self.rules if rule.hostname == hostname)

    def to_document(self) -> dict[str, Any]:
        """The list as cloudflared and Cloudflare's API take it, with the last rule that they demand."""
        return {"ingress": [*(_entry(rule) for rule in self.rules), {"service": NOT_FOUND}]}

    def to_json(self) -> str:
        """The document as a file; JSON is YAML, so cloudflared reads it as its configuration."""
        return json.dumps(self.to_document(), indent=2) + "\n"

    @classmethod
    def parse(cls, text: str) -> "Ingress":
        """Read such a file back.

        Raises:
            InvalidIngress: not such a document, or without the last rule.
        """
        try:
            entries = json.loads(text)["ingress"]
            rules = tuple(_rule(entry) for entry in entries[:-1])
            last = entries[-1]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise InvalidIngress(f"the ingress file cannot be read: {error}", hint="Run machiya render.") from error
        if last != {"service": NOT_FOUND}:
            raise InvalidIngress(f"the last ingress rule is not {NOT_FOUND}", hint="Run machiya render.")
        return cls(rules)


def mail_ingress(hostname: str, service: str, webmail: str = "") -> Ingress:
    """What the mail stack needs of the tunnel: the signed calls of the edge and of the relay, and webmail's host name.

    ``webmail`` is that name; empty: the house has no webmail.
    """
    browsers = (IngressRule(webmail, service),) if webmail else ()
    return Ingress((IngressRule(hostname, service, "^/v1/"), *browsers))


def _entry(rule: IngressRule) -> dict[str, Any]:
    entry: dict[str, Any] = {"hostname": rule.hostname, "service": rule.service}
    return entry | ({"path": rule.path} if rule.path else {})


def _rule(entry: Mapping[str, Any]) -> IngressRule:
    return IngressRule(str(entry["hostname"]), str(entry["service"]), str(entry.get("path", "")))


def _require_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise InvalidIngress(f"{pattern!r} is no regular expression: {error}") from error
    if set(pattern) & set("\"';{}\n\\ "):  # it stands in an nginx configuration too
        raise InvalidIngress(f"{pattern!r} has a character that no path of this house needs")
