"""The documented sample of machiya.toml, made from the schema."""

import textwrap
from collections.abc import Iterator, Mapping

from machiya.settings.describe import Described, describe, toml_value
from machiya.settings.schema import SECRETS, SECTIONS

WIDTH = 100
HEADS = {
    "en": (
        "machiya.toml – the one file that describes this house.",
        "Every setting with its default. Remove the # before a line to change it; machiya config check tells mistakes.",
        "Secrets do not belong here: machiya secret set NAME.",
    ),
    "ja": (
        "machiya.toml – この家を記述するただ 1 つのファイルです。",
        "すべての設定と既定値です。変えたい行の先頭の # を外してください。間違いは machiya config check が教えます。",
        "秘密はここに書きません: machiya secret set 名前",
    ),
}
ALLOWED = {"en": "Allowed", "ja": "指定できる値"}


def sample(language: str = "en", values: Mapping[str, object] | None = None) -> str:
    """The sample in ``en`` or ``ja``; ``values`` (by ``section.name``) stand as active lines, the rest as comments."""
    chosen = dict(values or {})
    lines = [f"# {line}" for line in HEADS[language]]
    for section, model in SECTIONS.items():
        if section == SECRETS:
            continue
        lines += ["", "", *_wrapped(model.about[language == "ja"], language), f"[{section}]"]
        for name in model.model_fields:
            lines += ["", *_setting(describe(section, name), language, chosen)]
    return "\n".join(lines) + "\n"


def _setting(described: Described, language: str, chosen: Mapping[str, object]) -> Iterator[str]:
    yield from _wrapped(described.text(language), language)
    if described.allowed:
        yield f"# {ALLOWED[language]}: {described.allowed}"
    if described.path in chosen:
        yield f"{described.name} = {toml_value(chosen[described.path], described.unit)}"
    else:
        yield f"# {described.name} = {described.default}"


def _wrapped(text: str, language: str) -> list[str]:
    """Japanese text is left on one line: it has no spaces to break at."""
    lines = [text] if language == "ja" else textwrap.wrap(text, WIDTH)
    return [f"# {line}" for line in lines]
