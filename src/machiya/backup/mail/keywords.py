"""Keywords (labels): small letters in a message's file name whose meaning each folder keeps in a file of its own."""

import string
from collections.abc import Sequence

LETTERS = string.ascii_lowercase
_KEPT = "DFPRS"


def read_keywords(text: bytes) -> tuple[str, ...]:
    """``0 $Label1`` lines: what a, b, c … mean. Lines that are none are passed over. Source: Dovecot, Maildir."""
    named: dict[int, str] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        number, _, name = line.partition(" ")
        if number.isdecimal() and int(number) < len(LETTERS) and name:
            named[int(number)] = name
    return tuple(named.get(index, "") for index in range(max(named, default=-1) + 1))


def write_keywords(names: Sequence[str]) -> bytes:
    """The other way round."""
    return "".join(f"{index} {name}\n" for index, name in enumerate(names) if name).encode()


class KeywordTable:
    """The letters of the folder that messages go to; only a folder that is new can learn more of them."""

    def __init__(self, names: Sequence[str], *, new: bool) -> None:
        self.names, self._new = list(names), new

    def letters_for(self, letters: str, meanings: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """The letters here for those there, and the keywords that are lost.

        A message that was marked as deleted comes back unmarked: the next clearing up would take it again.
        """
        kept, lost = {one for one in letters if one in _KEPT}, []
        for index in sorted(LETTERS.index(one) for one in set(letters) if one in LETTERS):
            name = meanings[index] if index < len(meanings) else ""
            letter = self._letter(name) if name else ""
            if letter:
                kept.add(letter)
            else:
                lost.append(name or LETTERS[index])
        return "".join(sorted(kept)), tuple(lost)

    def _letter(self, name: str) -> str:
        if name not in self.names and self._new and len(self.names) < len(LETTERS):
            self.names.append(name)
        return LETTERS[self.names.index(name)] if name in self.names else ""
