"""The disk of ``bulk`` is full: that is told, mail is held or refused for now, and arrives once there is room."""

import shutil
from pathlib import Path

import pytest

from house.clients import hand_in, letter, open_mailbox, read, send
from house.house import House
from house.machine import start_at_once, stop_at_once
from house.waiting import soon
from integration.closed.commands import run
from machiya.core.sizes import MIB

pytestmark = [pytest.mark.house, pytest.mark.timeout(1800)]

MESSAGE_BYTES = MIB
ROOM_BYTES = MESSAGE_BYTES * 3 // 2  # for a message at the edge, and not for a second copy of it in the mailbox


class Disk:
    """A small one, at ``folder``; it can be resized while it is used."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._ballast = folder, folder / "ballast"

    def move_in(self, content: Path) -> None:
        run("mount", "-t", "tmpfs", "-o", "size=1g,mode=0755", "machiya-test-disk", str(self.folder))
        run("cp", "-a", f"{content}/.", str(self.folder))

    def leave(self, room: int) -> None:
        self._resize(str(shutil.disk_usage(self.folder).used + room))

    def fill(self) -> None:
        """To the last byte."""
        with self._ballast.open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(bytes(4096))
                except OSError:
                    return

    def make_room(self) -> None:
        self._ballast.unlink()
        self._resize("1g")

    def _resize(self, size: str) -> None:
        run("mount", "-o", f"remount,size={size}", str(self.folder))


@pytest.fixture
def disk(house: House) -> Disk:
    """The house after ``storage.bulk`` went to a disk of its own; it stays there."""
    bulk, before = house.root / "data/bulk", house.root / "data/bulk.before"
    movers = [service for service in house.services() if _lives_on(house, service, bulk)]
    stop_at_once(house, movers)
    bulk.rename(before)
    bulk.mkdir()
    made = Disk(bulk)
    made.move_in(before)
    start_at_once(house, movers)
    house.wait_healthy()
    return made


def _lives_on(house: House, service: str, folder: Path) -> bool:
    return any(mount["Source"].startswith(f"{folder}/") for mount in house.inspect(service)["Mounts"])


def test_full_disk_is_told_and_nothing_is_lost(house: House, disk: Disk) -> None:
    mailbox = open_mailbox(house, "disk")
    send(house, mailbox, letter("disk-before"))
    house.arrives(mailbox, "disk-before")
    disk.leave(ROOM_BYTES)
    send(house, mailbox, letter("disk-held", ("x" * 76 + "\r\n") * (MESSAGE_BYTES // 78)))
    disk.fill()
    problems = soon(lambda: _problems(house, mailbox), "status tells of the message", tell=house.status)
    print(*problems, sep="\n")
    assert any("free on bulk" in problem for problem in problems)
    assert house.held()
    assert hand_in(house, [mailbox], letter("disk-refused")).end[0] == 452
    assert read(house, mailbox, "disk-before").endswith(b"\r\n\r\nhello\r\n")
    disk.make_room()
    house.arrives(mailbox, "disk-held")
    send(house, mailbox, letter("disk-refused"))
    house.arrives(mailbox, "disk-refused")
    soon(lambda: not house.held(), "nothing is held any more")
    assert len(house.stored(mailbox)) == 3
    soon(house.all_healthy, "everything healthy", 120)


def _problems(house: House, mailbox: str) -> list[str]:
    """What status says is wrong, once it names the message's mailbox."""
    found = [str(problem) for problem in house.status()["problems"]]
    return found if any(mailbox in problem for problem in found) else []
