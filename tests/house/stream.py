"""A stranger who sends one message after another, and each again until the front door took it."""

import smtplib
import threading
from collections import Counter

from house.clients import SECONDS, STRANGER, letter
from house.house import House
from house.waiting import soon

_PAUSE_SECONDS = 0.05
_AGAIN_SECONDS = 0.2
_GREETED = (250, 250, 250)


class Stream:
    """So many ``messages`` for one mailbox, in portions that somebody allows.

    ``doubtful`` are those whose connection broke after DATA had begun: the front door may have kept such a message
    and been killed before it said so. Whoever sends it again, as SMTP demands, makes a second message.
    """

    def __init__(self, house: House, mailbox: str, messages: int) -> None:
        self._house, self._mailbox, self._messages = house, mailbox, messages
        self.taken = 0
        self.doubtful: set[int] = set()
        self._portion = threading.Semaphore(0)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._allowed = 0

    def start(self) -> None:
        """Nothing is sent before ``allow``."""
        self._thread.start()

    def allow(self, messages: int, wait_for: int, seconds: float) -> None:
        """Send ``messages`` more; returns when all but the last ``messages - wait_for`` of all allowed were taken."""
        enough = self._allowed + wait_for
        self._allowed += messages
        self._portion.release(messages)
        soon(lambda: self.taken >= enough, f"{enough} messages taken", seconds, lambda: f"{self.taken} were taken")

    def finish(self, seconds: float) -> None:
        """Send all that is left, without a pause."""
        self._end.set()
        self._portion.release(self._messages)
        self._thread.join(seconds)
        assert self.taken == self._messages, f"only {self.taken} messages were taken"

    def stored(self) -> Counter[int]:
        """How often each message lies in the mailbox."""
        names = (content.partition(b"\nSubject: chaos-")[2][:5] for content in self._house.stored(self._mailbox))
        return Counter(int(name) for name in names if name)

    def _run(self) -> None:
        for number in range(self._messages):
            self._portion.acquire()
            while not self._sent(number):
                self._end.wait(_AGAIN_SECONDS)
            self.taken += 1
            self._end.wait(_PAUSE_SECONDS)

    def _sent(self, number: int) -> bool:
        client = smtplib.SMTP(local_hostname="street.example", timeout=SECONDS)
        try:
            client.connect("127.0.0.1", self._house.front_door_port)
            greeted = (client.ehlo()[0], client.mail(STRANGER)[0], client.rcpt(self._mailbox)[0])
            return greeted == _GREETED and self._handed_over(client, number)
        except OSError:
            return False
        finally:
            client.close()

    def _handed_over(self, client: smtplib.SMTP, number: int) -> bool:
        try:
            return client.data(letter(f"chaos-{number:05}-end"))[0] == _GREETED[0]
        except OSError:
            self.doubtful.add(number)
            return False
