"""Secrets as files, one a secret: how a container gets those that it needs, and no others, in memory only."""

from pathlib import Path

FOLDER_VARIABLE = "MACHIYA_SECRETS_FOLDER"


def secrets_in(folder: Path) -> tuple[dict[str, str], list[str]]:
    """The secrets by the names of their files, and what could not be read; a newline at a file's end is not part of it.

    Names that begin with a dot are not secrets.
    """
    values: dict[str, str] = {}
    mistakes: list[str] = []
    try:
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                values[path.name] = path.read_text(encoding="utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        mistakes.append(f"{FOLDER_VARIABLE}: a file in {folder} is not UTF-8 text")
    except OSError as error:
        mistakes.append(f"{FOLDER_VARIABLE}: {error.filename or folder} cannot be read: {error.strerror}")
    return values, mistakes
