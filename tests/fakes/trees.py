"""Trees with everything that a file system can hold, and a way to compare two of them byte by byte."""

import hashlib
import os
import random
import stat
from pathlib import Path

# Names need not be UTF-8, so paths are bytes here:
# ruff: noqa: PTH118, PTH123, PTH115


def write_hard_tree(root: Path) -> None:
    """Empty folders, links of both kinds, holes, names in Shift_JIS, old times, odd modes, equal and large content."""
    mail = root / "mail"
    (mail / "empty").mkdir(parents=True)
    (mail / "cur").mkdir()
    for number in range(40):
        (mail / "cur" / f"{number}.eml").write_bytes(f"Subject: {number}\n\n".encode() + bytes([number]) * 3000)
    (mail / "cur" / "same-again.eml").write_bytes((mail / "cur" / "1.eml").read_bytes())
    (mail / "nothing").write_bytes(b"")
    (mail / "nothing-too").write_bytes(b"")
    large = random.Random(5).randbytes(3 * 1024 * 1024)
    (root / "dump.sql").write_bytes(large)
    (root / "dump-again.sql").write_bytes(large)
    with (root / "holes").open("wb") as file:
        file.truncate(2 * 1024 * 1024)
        file.write(b"x")
    shift_jis = os.fsencode(root) + b"/\x83e\x83X\x83g.txt"
    Path(os.fsdecode(shift_jis)).write_bytes(b"Shift_JIS")
    (root / "日本語").write_bytes(b"UTF-8")
    (root / "link").symlink_to("/etc/passwd")
    (root / "dangling").symlink_to("nowhere/at all")
    os.link(mail / "cur" / "2.eml", mail / "cur" / "2-again.eml")
    (mail / "cur" / "3.eml").chmod(0o4640)
    os.utime(mail / "cur" / "4.eml", ns=(-1_000_000_001, -1_000_000_001))
    os.utime(mail / "empty", (5, 5))
    (mail / "empty").chmod(0o500)


def tree(root: Path) -> dict[bytes, tuple[object, ...]]:
    """Everything that a restore must bring back, by path: inode groups, too."""
    found: dict[bytes, tuple[object, ...]] = {}
    names: dict[int, list[bytes]] = {}
    for folder, folders, files in os.walk(os.fsencode(root)):
        for name in folders + files:
            path = os.path.join(folder, name)
            status, inside = os.lstat(path), os.path.relpath(path, os.fsencode(root))
            what: object = b""
            if stat.S_ISLNK(status.st_mode):
                what = os.readlink(path)
            elif stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    what = hashlib.file_digest(file, "sha256").hexdigest()
                names.setdefault(status.st_ino, []).append(inside)
            found[inside] = (oct(status.st_mode), status.st_uid, status.st_gid, status.st_mtime_ns, what)
    for twins in names.values():
        for one in twins:
            found[one] += (tuple(sorted(twins)),)
    return found
