"""The corpus: messages written for this project, each with a name and a note, always the same bytes.

``python -m corpus.messages FOLDER`` (from ``tests/``) writes them as ``<name>.eml`` with an ``index.json``, for tests
that are not in Python.
"""

import json
import sys
from pathlib import Path

from corpus import encodings, line_ends, mime, structure
from corpus.sample import Sample

CORPUS: tuple[Sample, ...] = (*encodings.SAMPLES, *mime.SAMPLES, *line_ends.SAMPLES, *structure.SAMPLES)
SMALL: tuple[Sample, ...] = tuple(sample for sample in CORPUS if sample.name != "size-25-mib")


def expected_maildir(sent: bytes) -> bytes:
    """What Maildir holds of ``sent``: every CRLF is an LF; a lone CR and a bare LF stay as they are."""
    return sent.replace(b"\r\n", b"\n")


def write(folder: Path) -> None:
    """Write all messages and the index (name → note)."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in CORPUS:
        (folder / f"{sample.name}.eml").write_bytes(sample.content)
    index = {sample.name: sample.note for sample in CORPUS}
    (folder / "index.json").write_text(json.dumps(index, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
