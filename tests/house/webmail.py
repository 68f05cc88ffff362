"""A browser without a screen: fills in webmail's forms through the tunnel's stand-in, as its scripts would."""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from house.house import House

HOSTNAME = "webmail.home.test"
LOG_IN = "/?_task=login"
SECONDS = 120.0
COMPOSE = "/?_task=mail&_action=compose"


@dataclass
class Browser:
    """One person at webmail; ``language`` is what the browser asks for."""

    house: House
    language: str = "ja"
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def ask(
        self, method: str, path: str, *, name: str = HOSTNAME, headers: Mapping[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        """One request; redirects are not followed. Cookies are sent though this leg has no TLS; the street's has."""
        sent = {"Host": name, "Accept-Language": self.language, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        url = f"http://127.0.0.1:{self.house.stand_in_port}{path}"
        with httpx.Client(timeout=SECONDS, trust_env=False) as client:
            answer = client.send(client.build_request(method, url, headers=sent, **body))
        for line in answer.headers.get_list("set-cookie"):
            key, _, value = line.partition(";")[0].partition("=")
            self.cookies[key] = value
        if found := re.search(r'"request_token":"(\w+)"', answer.text):
            self.token = found[1]
        return answer

    def get(self, path: str) -> httpx.Response:
        """A page."""
        return self.ask("GET", path)

    def log_in(self, address: str, password: str, where: str = LOG_IN) -> httpx.Response:
        """Fill in the form of the first page."""
        fields = inputs(self.get("/").text)
        wanted = {"_task": "login", "_action": "login", "_timezone": "Asia/Tokyo", "_user": address, "_pass": password}
        return self.ask("POST", where, data=fields | wanted)

    def enter(self, address: str, password: str) -> httpx.Response:
        """Log in and be there: the page of the inbox."""
        answer = self.log_in(address, password)
        assert answer.status_code == 302, answer.text
        page = self.get(answer.headers["location"].removeprefix("."))
        assert page.status_code == 200, page.text
        return page

    def listed(self, folder: str = "INBOX") -> dict[int, str]:
        """The subjects in a folder by their numbers, as the list is filled."""
        query = f"/?_task=mail&_action=list&_mbox={folder}&_remote=1&_unlock=0"
        text = self.remote("GET", query)["exec"]
        rows = re.findall(r'add_message_row\((\d+),(\{.*?"subject":.*?\}),', text)
        return {int(number): html.unescape(_subject(row)) for number, row in rows}

    def shown(self, number: int, folder: str = "INBOX") -> str:
        """The page of one message."""
        page = self.get(f"/?_task=mail&_action=show&_uid={number}&_mbox={folder}")
        assert page.status_code == 200
        return html.unescape(page.text)

    def send(
        self,
        to: str,
        subject: str,
        text: str,
        files: Sequence[tuple[str, bytes]] = (),
        *,
        reply_to: int = 0,
        sender: str = "",
    ) -> str:
        """Write a message and send it, as the identity that has ``sender`` in it; what the page says to that."""
        start = f"{COMPOSE}&_reply_uid={reply_to}&_mbox=INBOX" if reply_to else COMPOSE
        page = self.get(self.get(start).headers["location"].removeprefix("."))
        fields = inputs(page.text)
        choices = page.text.partition('name="_from"')[2].partition("</select>")[0]
        identity = re.search(rf'<option value="(\d+)"[^>]*>[^<]*{sender}', choices)
        assert identity, page.text
        for name, content in files:
            self._attach(fields["_id"], name, content)
        written = {"_from": identity[1], "_to": to, "_subject": subject, "_message": text, "_framed": "1"}
        written |= {"_is_html": "0", "_store_target": "Sent"}
        return self.ask("POST", "/?_task=mail&_framed=1", data=fields | written | {"_action": "send"}).text

    def _attach(self, message: str, name: str, content: bytes) -> None:
        path = f"/?_task=mail&_action=upload&_id={message}&_uploadid=1&_remote=1&_from=compose"
        said = self.remote("POST", path, files={"_attachments[]": (name, content, "application/octet-stream")})
        assert "add2attachment_list" in said["exec"], said

    def remote(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """What a script of the page asks, and the commands that come back."""
        headers = {"X-Roundcube-Request": self.token, "X-Requested-With": "XMLHttpRequest"}
        answer = self.ask(method, path, headers=headers, **body)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = json.loads(answer.text)
        return said


def inputs(page: str) -> dict[str, str]:
    """The fields of a page's forms that have a value already."""
    found = (tag for tag in re.findall(r"<input[^>]*>", page) if 'type="checkbox"' not in tag)
    pairs = ((re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in found)
    return {name[1]: html.unescape(value[1]) for name, value in pairs if name and value}


def _subject(row: str) -> str:
    found = re.search(r'"subject":("(?:[^"\\]|\\.)*")', row)
    return str(json.loads(found[1])) if found else ""
