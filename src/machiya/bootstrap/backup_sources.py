"""What this house saves: its mail and its configuration. (The databases come with the dumpers.)"""

from typing import TYPE_CHECKING

from machiya.backup.model import Omission
from machiya.backup.ports import FileTree, Sources

if TYPE_CHECKING:
    from machiya.bootstrap import House

_MAIL_OMITTED = (
    Omission("*/tmp/*", ("messages that are still being written", "書き込みの途中のメッセージ")),
    Omission("*/dovecot.index*", ("Dovecot makes its indexes anew", "索引は Dovecot が作り直す")),
)
_HOUSE_OMITTED = (
    Omission("data", ("saved as sources of their own, or made anew", "別に保存されるか、作り直されるもの")),
    Omission(
        "host.key",
        ("it opens secrets.age; the rescue sheet does, too", "secrets.age を開く鍵。救出シートの鍵でも開けられる"),
    ),
    Omission("recovery.toml", ("the recovery key stays off the disks", "復旧鍵はディスクに置かない")),
)


def sources_of(house: "House") -> Sources:
    """Dumpers and trees of a house."""
    trees = [
        FileTree(
            "configuration",
            house.root,
            ("machiya.toml and the secrets, encrypted", "machiya.toml と暗号化された秘密"),
            _HOUSE_OMITTED,
        )
    ]
    mail = house.settings.storage.bulk / "mail"
    if mail.is_dir():
        trees.append(FileTree("mail", mail, ("the mailboxes", "メールボックス"), _MAIL_OMITTED, maildirs=True))
    return Sources((), tuple(trees))
