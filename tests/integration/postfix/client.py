"""A mail program: smtplib, as strict about certificates as people should be."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import make_msgid

from integration.postfix.lab import LOGIN, PASSWORD, Lab
from machiya.stacks.networks import Network

SECONDS = 120


def context_of(lab: Lab) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=lab.authority.pem.decode())
    context.check_hostname = False  # the certificate is for the tailnet's name
    return context


@contextmanager
def connected(lab: Lab, *, tls: bool = True, implicit: bool = False) -> Iterator[smtplib.SMTP]:
    """A connection to submission, not logged in."""
    host = lab.at(Network.OUTSIDE, "postfix")
    if implicit:
        with smtplib.SMTP_SSL(host, 465, timeout=SECONDS, context=context_of(lab)) as client:
            yield client
        return
    with smtplib.SMTP(host, 587, timeout=SECONDS, local_hostname="pc.lan") as client:
        client.ehlo()
        if tls:
            client.starttls(context=context_of(lab))
            client.ehlo()
        yield client


@contextmanager
def logged_in(lab: Lab, *, implicit: bool = False) -> Iterator[smtplib.SMTP]:
    with connected(lab, implicit=implicit) as client:
        client.login(LOGIN, PASSWORD)
        yield client


def message(sender: str = LOGIN, to: str = "x@example.org", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, "hello"
    made["Message-ID"] = make_msgid(domain="home.test")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content("hello")
    return made


def id_of(made: EmailMessage) -> str:
    return str(made["Message-ID"]).strip("<>")
