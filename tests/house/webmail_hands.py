"""What a person does in webmail with mouse and keyboard; found by what does not depend on the language."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import FilePayload, Page

from browser.visit import Visitor

# Webmail says that a message was sent for half a second, then shows the list.
_LISTEN = """() => new MutationObserver(() => {
  const said = document.querySelector('#messagestack .confirmation, #messagestack .error');
  if (said) sessionStorage.setItem('said', said.innerText);
}).observe(document.body, {childList: true, subtree: true})"""


@dataclass
class Webmail:
    """Somebody who is logged in and sees the list of messages."""

    visitor: Visitor

    @property
    def page(self) -> Page:
        """The one tab."""
        return self.visitor.page

    def open(self, subject: str) -> None:
        """The message with this subject, in full."""
        self.page.locator("#messagelist td.subject", has_text=subject).first.dblclick()
        self.page.wait_for_url(re.compile("_action=show"))
        self.page.locator("#message-header").wait_for()

    def body(self) -> str:
        """The text of the message that is open."""
        return self.page.locator("#messagebody").inner_text()

    def download(self) -> tuple[str, bytes]:
        """Name and content of its one attachment."""
        with self.page.expect_download() as waiting:
            self.page.locator("#attachment-list a.filename").click()
        return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()

    def reply(self, text: str, files: Sequence[FilePayload] = ()) -> None:
        """Answer the message that is open, above what is quoted."""
        self.page.locator("a.reply[data-content-button]:not(.disabled)").click()
        self.page.wait_for_url(re.compile("_action=compose&_id="))
        body = self.page.locator("#composebody")
        body.fill(f"{text}\n\n{body.input_value()}")
        for file in files:
            self._attach(file)

    def _attach(self, file: FilePayload) -> None:
        with self.page.expect_file_chooser() as waiting:
            self.page.locator("#compose-attachments button.attach").click()
        waiting.value.set_files(file)
        self.page.locator("#attachment-list li:not(.uploading)", has_text=file["name"]).wait_for()

    def send(self) -> str:
        """Press the button; what webmail says to that, back at the list."""
        self.page.evaluate(_LISTEN)
        self.page.locator(".formbuttons button.send").click()
        self.page.locator("#layout-list").wait_for()
        return str(self.page.evaluate("sessionStorage.getItem('said')")).strip()

    def change_password(self, old: str, new: str) -> str:
        """On the page of the settings; what webmail says to that."""
        self.visitor.go("/?_task=settings&_action=plugin.password")
        for name, value in (("_curpasswd", old), ("_newpasswd", new), ("_confpasswd", new)):
            self.page.locator(f'[name="{name}"]').fill(value)
        self.page.locator("button.submit").click()
        return self.page.locator("#messagestack [role=alert]").inner_text().strip()


def entered(visitor: Visitor, address: str, password: str) -> Webmail:
    """Log in and be there."""
    visitor.go("/")
    page = visitor.page
    page.locator("#rcmloginuser").fill(address)
    page.locator("#rcmloginpwd").fill(password)
    page.locator("#rcmloginsubmit").click()
    page.locator("#layout-list").wait_for()
    return Webmail(visitor)
