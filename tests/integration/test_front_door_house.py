"""The whole embedded house as a person runs it: up, a message, killed parts, taken ports, Ctrl-C, status."""

import asyncio
import json
import os
import re
import signal
import smtplib
import socket
import subprocess  # noqa: TID251 – the command line is what is tested
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integration.ports import free_ports

LIMIT_SECONDS = 240.0
ODD = b"Subject: odd\r\n\r\n.dots\r\n..\r\n\x00\xff bare\nand\rcr\r\n" + b"l" * 100_000 + b"\r\n"


def until(true: Callable[[], Any]) -> Any:
    """Waits for what other processes do; the limit only ends a test that is lost."""

    async def wait() -> Any:
        async with asyncio.timeout(LIMIT_SECONDS):
            while not (found := true()):  # noqa: ASYNC110 – another process: there is no event to wait for
                await asyncio.sleep(0.1)
        return found

    return asyncio.run(wait())


def alive(pid: int) -> bool:
    """Running, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Village:
    """A house in a folder and the ``machiya`` command for it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.door, self.private, self.street, self.people = free_ports(4)
        made = self.machiya("init", "--sample", "--yes")
        assert made.returncode == 0, made.stderr
        self._set_ports()
        self._running: list[subprocess.Popen[bytes]] = []
        self._log = root.parent / "up.log"

    def _set_ports(self) -> None:
        path = self.root / "machiya.toml"
        text = path.read_text()
        for default, port in ((8025, self.door), (8026, self.private), (2525, self.street), (8088, self.people)):
            text = re.sub(rf"# ((?:private_)?port = ){default}\b", rf"\g<1>{port}", text)
        path.write_text(text)

    def argv(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "machiya", "--house", str(self.root), *arguments]

    def machiya(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 – our own command
            self.argv(*arguments), capture_output=True, text=True, timeout=LIMIT_SECONDS * 2, check=False
        )

    def start(self) -> subprocess.Popen[bytes]:
        """``machiya up`` in the foreground, ready. A file hears it: a pipe nobody reads would stop it once full."""
        with self._log.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 – our own command
                self.argv("up"), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._running.append(process)
        until(lambda: process.poll() is not None or self.ready())
        assert process.poll() is None, self.said()
        return process

    def said(self) -> str:
        """What the last ``machiya up`` has printed."""
        return self._log.read_text("utf-8", "replace")

    def parts(self) -> dict[str, dict[str, Any]]:
        try:
            data = json.loads((self.root / "data" / "run" / "status.json").read_text())
        except FileNotFoundError:
            return {}
        return {part["part"]: part for part in data["parts"]}

    def stored(self) -> list[bytes]:
        """Every message of every mailbox."""
        mail = self.root / "data" / "bulk" / "mail"
        return [path.read_bytes() for path in mail.rglob("new/*") if path.is_file()]

    def ready(self) -> bool:
        parts = self.parts()
        return bool(parts) and all(part["state"] == "ready" for part in parts.values())

    def came_again(self, name: str, earlier: int) -> bool:
        return self.ready() and self.parts()[name]["pid"] != earlier

    def status(self) -> tuple[int, dict[str, Any]]:
        shown = self.machiya("status", "--json")
        return shown.returncode, json.loads(shown.stdout)

    def end(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(LIMIT_SECONDS)
        self.machiya("down")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    village = Village(tmp_path / "house")
    yield village
    village.end()


def test_a_message_reaches_the_mailbox_and_ctrl_c_leaves_nothing(village: Village) -> None:
    process = village.start()
    pids = [part["pid"] for part in village.parts().values()]
    sent = village.machiya("send-test", "you@home.test")
    assert sent.returncode == 0, sent.stderr
    assert len(village.stored()) == 1
    code, health = village.status()
    assert (code, health["healthy"]) == (0, True), health
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(LIMIT_SECONDS) == 0, village.said()
    said = village.said()
    assert "The house is ready." in said
    assert f"127.0.0.1:{village.street}" in said
    assert "send-test you@home.test" in said
    assert f"http://127.0.0.1:{village.people}  " in said
    assert "machiya admin invite" in said
    assert not any(alive(pid) for pid in pids)
    assert village.parts() == {}


def test_a_killed_part_comes_again_and_status_shows_it(village: Village) -> None:
    village.start()
    for name in ("mail-api", "front-door", "usermgmt", "agent"):
        pid = village.parts()[name]["pid"]
        os.kill(pid, signal.SIGKILL)
        until(partial(village.came_again, name, pid))
    _, health = village.status()
    assert [(part["state"], part["restarts"]) for part in health["parts"]] == [("ready", 1)] * 4
    assert village.machiya("status").stdout.count("killed by SIGKILL") == 4


def test_a_killed_supervisor_takes_its_parts_along_and_the_house_comes_up_again(village: Village) -> None:
    process = village.start()
    pids = [part["pid"] for part in village.parts().values()]
    process.kill()
    process.wait(LIMIT_SECONDS)
    until(lambda: not any(alive(pid) for pid in pids))
    assert village.status()[0] == 10
    (village.root / "data" / "run" / "status.json").unlink()
    village.start()


def test_a_taken_port_is_named_before_anything_starts(village: Village) -> None:
    with socket.create_server(("127.0.0.1", village.street)):
        for mode in ([], ["--detach"]):
            refused = village.machiya("up", *mode)
            assert refused.returncode != 0
            assert f"port {village.street}" in refused.stderr
            assert f"process {os.getpid()}" in refused.stderr
            assert "front_door.port" in refused.stderr
    assert village.parts() == {}


def test_a_taken_port_of_usermgmt_is_named_too(village: Village) -> None:
    with socket.create_server(("127.0.0.1", village.people)):
        refused = village.machiya("up")
    assert (refused.returncode, "usermgmt.port" in refused.stderr) == (9, True)


def test_detached_it_is_up_once_and_down_ends_it(village: Village) -> None:
    up = village.machiya("up", "--detach")
    assert up.returncode == 0, up.stderr
    assert "The house is ready." in up.stdout
    again = village.machiya("up")
    assert again.returncode == 6
    assert re.search(r"\(process \d+\)", again.stderr)
    down = village.machiya("down")
    assert down.returncode == 0, down.stderr
    assert village.status()[0] == 10
    assert village.machiya("down").returncode == 0, "down twice is no mistake"


def test_messages_that_come_while_mail_api_is_away_arrive_once_each(village: Village) -> None:
    village.start()
    with smtplib.SMTP("127.0.0.1", village.street, timeout=LIMIT_SECONDS) as smtp:
        for number in range(120):
            if number in {10, 60}:
                pid = village.parts()["mail-api"]["pid"]
                os.kill(pid, signal.SIGKILL) if pid else None
            smtp.sendmail("a@b.example", ["you@home.test"], f"Subject: n{number:03}\r\n\r\n.{number}\r\n")
    until(lambda: village.ready() and not list((village.root / "data" / "bulk" / "hold" / "in").glob("*.json")))
    subjects = [re.search(rb"^Subject: (n\d+)$", stored, re.MULTILINE) for stored in village.stored()]
    assert sorted(found[1] for found in subjects if found) == sorted(b"n%03d" % number for number in range(120))


def test_send_test_tells_a_refusal_and_a_house_that_is_down(village: Village) -> None:
    away = village.machiya("send-test", "you@home.test")
    assert away.returncode == 9
    assert "machiya up" in away.stderr
    village.start()
    until(lambda: village.machiya("send-test", "nobody@home.test").returncode == 7)
    refused = village.machiya("send-test", "nobody@home.test")
    assert "550 5.1.1 no such mailbox" in refused.stderr


def test_send_test_says_that_the_message_is_held_while_mail_api_is_away(village: Village) -> None:
    village.start()
    os.kill(village.parts()["mail-api"]["pid"], signal.SIGSTOP)
    try:
        waited = village.machiya("send-test", "you@home.test", "--wait", "4")
    finally:
        os.kill(village.parts()["mail-api"]["pid"], signal.SIGCONT)
    assert waited.returncode == 9
    assert "the edge holds it and goes on trying" in waited.stderr
    inside = village.root / "data" / "bulk" / "hold" / "in"
    until(lambda: not list(inside.glob("*.json")))


def test_send_test_sends_a_file(village: Village, tmp_path: Path) -> None:
    village.start()
    (tmp_path / "odd.eml").write_bytes(ODD)
    sent = village.machiya("send-test", "hello@home.test", "--eml", str(tmp_path / "odd.eml"))
    assert sent.returncode == 0, sent.stderr
    (stored,) = village.stored()
    assert stored.endswith(ODD.replace(b"\r\n", b"\n"))


def test_up_on_a_folder_that_is_no_house_says_what_to_do(tmp_path: Path) -> None:
    refused = subprocess.run(  # noqa: S603 – our own command
        [sys.executable, "-m", "machiya", "--house", str(tmp_path), "up"],
        capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
    )  # fmt: skip
    assert refused.returncode != 0
    assert "machiya init" in refused.stderr
