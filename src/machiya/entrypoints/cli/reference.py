"""The reference pages, made from the schema, the commands and the error tree themselves, in English and Japanese."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import machiya
from machiya.core.errors import MachiyaError, NotFound
from machiya.entrypoints.cli import console, exit_codes, japanese
from machiya.entrypoints.cli.main import command
from machiya.settings.describe import Described, describe
from machiya.settings.schema import SECTIONS

WORDS = {
    "en": {
        "generated": "Made by `make reference` from the program itself; do not edit.",
        "settings": "Settings",
        "settings_intro": (
            "One file, `machiya.toml`, in the house's folder. What comes later in this row wins: default, "
            "`machiya.toml`, `secrets.age`, environment. `machiya config check` says where each value came from; "
            "`machiya config sample` prints a documented file."
        ),
        "settings_head": "| setting | default | unit | allowed | environment |",
        "cli": "Commands",
        "cli_intro": (
            "`--house FOLDER` names the house (else `MACHIYA_HOUSE`, else `./house`) and may stand anywhere. "
            "Results go to standard output, everything else to standard error. "
            "With `--json` errors are JSON too, on standard error."
        ),
        "exit": "Exit codes",
        "exit_head": "| code | means |",
        "options_head": "| option | does |",
        "errors": "Error codes",
        "errors_intro": (
            "`code` as in JSON answers and `--json` errors. "
            "*Later* says whether the same call may work later without a change."
        ),
        "errors_head": "| code | means | exit code | later |",
        "yes": "yes",
        "no": "no",
        "done": "Done.",
        "attention": "Something needs attention (`status`, `edge status`, `reconcile`).",
        "interrupted": "Interrupted (Ctrl-C).",
    },
    "ja": {
        "generated": "`make reference` がプログラム自身から作ったページです。手で編集しないでください。",
        "settings": "設定",
        "settings_intro": (
            "設定は家のフォルダーにある `machiya.toml` 1 つです。この順で後のものが優先されます: "
            "既定値、`machiya.toml`、`secrets.age`、環境変数。各値の出どころは `machiya config check` が示し、"
            "説明付きの見本は `machiya config sample --lang ja` が出力します。"
        ),
        "settings_head": "| 設定 | 既定値 | 単位 | 指定できる値 | 環境変数 |",
        "cli": "コマンド",
        "cli_intro": (
            "`--house フォルダー` で家を指定します（なければ `MACHIYA_HOUSE`、それもなければ `./house`）。"
            "どの位置に書いても構いません。結果は標準出力に、それ以外は標準エラーに出ます。"
            "`--json` を付けるとエラーも JSON で標準エラーに出ます。"
        ),
        "exit": "終了コード",
        "exit_head": "| コード | 意味 |",
        "options_head": "| オプション | 働き |",
        "errors": "エラーコード",
        "errors_intro": (
            "`code` は JSON の応答と `--json` のエラーに現れます。"
            "「再試行」は、何も変えずに後で同じ操作が成功しうるかを示します。"
        ),
        "errors_head": "| コード | 意味 | 終了コード | 再試行 |",
        "yes": "可",
        "no": "不可",
        "done": "成功。",
        "attention": "対応が必要なことがある（`status`、`edge status`、`reconcile`）。",
        "interrupted": "中断された（Ctrl-C）。",
    },
}


def pages() -> dict[str, str]:
    """Every reference page by its file name."""
    made: dict[str, str] = {}
    for language, suffix in (("en", ""), ("ja", ".ja")):
        made[f"settings{suffix}.md"] = settings_page(language)
        made[f"cli{suffix}.md"] = cli_page(language)
        made[f"errors{suffix}.md"] = errors_page(language)
    return made


def _page(language: str, title: str, lines: list[str]) -> str:
    words = WORDS[language]
    return "\n".join([f"# {words[title]}", "", f"<!-- {words['generated']} -->", "", *lines]) + "\n"


def settings_page(language: str) -> str:
    """Every setting, section by section."""
    lines = [WORDS[language]["settings_intro"]]
    for section, model in SECTIONS.items():
        lines += ["", f"## [{section}]", "", model.about[language == "ja"]]
        for name in model.model_fields:
            lines += ["", *_setting(describe(section, name), language)]
    return _page(language, "settings", lines)


def _setting(described: Described, language: str) -> Iterator[str]:
    yield f"### `{described.path}`"
    yield ""
    yield described.text(language)
    yield ""
    yield WORDS[language]["settings_head"]
    yield "|---|---|---|---|---|"
    allowed = described.allowed or "–"
    default = "–" if described.secret else f"`{described.default}`"
    yield f"| `{described.name}` | {default} | {described.unit or '–'} | {allowed} | `{described.variable}` |"


def commands() -> dict[str, Any]:
    """Every visible command that does something, by its words: ``mailbox add``."""
    return dict(_walk(command(), ()))


def _walk(node: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    children = getattr(node, "commands", None)
    if children is None:
        yield " ".join(words), node
        return
    for name, child in children.items():
        if not child.hidden:
            yield from _walk(child, (*words, name))


def options_of(found: Any) -> dict[str, str]:
    """The English help of every option and argument, by its name as typed."""
    return {_spelling(parameter): parameter.help or "" for parameter in found.params if parameter.name != "help"}


def _spelling(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    return " / ".join(max(names, key=len) for names in (parameter.opts, parameter.secondary_opts) if names)


def japanese_of(texts: dict[str, str], key: str) -> str:
    """The Japanese of ``key``.

    Raises:
        NotFound: nobody has written it yet.
    """
    if key not in texts:
        raise NotFound(f"{key} has no Japanese", hint="Write it in entrypoints/cli/japanese.py.")
    return texts[key]


def command_text(words: str, found: Any, language: str) -> str:
    """What a command does, in one paragraph.

    Raises:
        NotFound: its Japanese is missing.
    """
    return japanese_of(japanese.COMMANDS, words) if language == "ja" else " ".join(str(found.help or "").split())


def option_text(words: str, option: str, english: str, language: str) -> str:
    """What an option does; Japanese is looked up for the command first, then for all commands.

    Raises:
        NotFound: its Japanese is missing.
    """
    if language == "en":
        return english
    return japanese.OPTIONS.get(f"{words} {option}") or japanese_of(japanese.OPTIONS, option)


def cli_page(language: str) -> str:
    """Every command with its options, and the exit codes."""
    lines = [WORDS[language]["cli_intro"]]
    for words, found in commands().items():
        lines += ["", f"## `machiya {words}`", "", command_text(words, found, language)]
        options = options_of(found)
        if options:
            lines += ["", WORDS[language]["options_head"], "|---|---|"]
            lines += [f"| `{o}` | {option_text(words, o, english, language)} |" for o, english in options.items()]
    lines += ["", f"## {WORDS[language]['exit']}", "", WORDS[language]["exit_head"], "|---|---|"]
    lines += [f"| {code} | {text} |" for code, text in exit_code_meanings(language).items()]
    return _page(language, "cli", lines)


def exit_code_meanings(language: str) -> dict[int, str]:
    """What each exit code means; those of the error tree are taken from the class that introduces them."""
    words = WORDS[language]
    found = {0: words["done"], exit_codes.ATTENTION: words["attention"], exit_codes.INTERRUPTED: words["interrupted"]}
    for error in error_classes():
        if "exit_code" in vars(error):
            found.setdefault(error.exit_code, error_text(error, language))
    return dict(sorted(found.items()))


def error_classes() -> list[type[MachiyaError]]:
    """Every error with a code of its own, wherever it stands, base classes first."""
    for module in pkgutil.walk_packages(machiya.__path__, "machiya."):
        if not module.name.endswith((".env", "__main__")) and ".versions." not in module.name:
            importlib.import_module(module.name)
    return [error for error in _descendants(MachiyaError) if "code" in vars(error)]


def _descendants(error: type[MachiyaError]) -> Iterator[type[MachiyaError]]:
    yield error
    for child in sorted(error.__subclasses__(), key=lambda kind: kind.__name__):
        yield from _descendants(child)


def error_text(error: type[MachiyaError], language: str) -> str:
    """What an error means, in one sentence.

    Raises:
        NotFound: its Japanese is missing.
    """
    return (
        japanese_of(japanese.ERRORS, error.code)
        if language == "ja"
        else (error.__doc__ or "").split("\n\n")[0].strip().replace("``", "`")
    )


def errors_page(language: str) -> str:
    """Every error code."""
    words = WORDS[language]
    lines = [words["errors_intro"], "", words["errors_head"], "|---|---|---|---|"]
    for error in sorted(error_classes(), key=lambda kind: kind.code):
        later = words["no"] if error.permanent else words["yes"]
        lines.append(f"| `{error.code}` | {error_text(error, language)} | {error.exit_code} | {later} |")
    return _page(language, "errors", lines)


def write(folder: Path) -> None:
    """Write the reference pages (settings, commands, errors) in both languages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        console.say(str(folder / name))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
