"""Whatever people write: the script of it is Sieve to Dovecot's own compiler."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from integration.dovecot_service.house import MailHouse
from machiya.accounts.rules.checks import SCRIPT_OCTETS
from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Forwarding, Rules, Vacation
from machiya.accounts.rules.sieve import render
from machiya.core.addresses import EmailAddress

pytestmark = pytest.mark.mailstack
SCRIPTS = 200
NASTY = [
    "${x}",
    "${hex:24}",
    '"',
    "\\",
    "\r\n",
    "\r",
    ".",
    "/*",
    "*/",
    "#",
    "text:\n.\n",
    "日本語",
    "😀",
    "\0",
    "\x1b",
    ";}",
]
TEXTS = st.lists(st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=8)
WORDS = TEXTS.map("".join)
ADDRESSES = st.sampled_from(
    [
        EmailAddress.parse(text)
        for text in ("a+b@home.test", "o'neil&co@例え.jp", "-x-@out.test", "a.b_c=d~e@x.y.example")
    ]
)
CONDITIONS = st.builds(Condition, st.sampled_from(Field), st.sampled_from(Comparison), WORDS)
FILTERS = st.builds(
    Filter,
    name=WORDS,
    conditions=st.lists(CONDITIONS, max_size=4).map(tuple),
    match_all=st.booleans(),
    folder=WORDS.map(lambda text: text or "x"),
    mark_read=st.booleans(),
    flag=st.booleans(),
    forward_to=st.lists(ADDRESSES, max_size=2).map(tuple),
    trash=st.booleans(),
    stop=st.booleans(),
)
MOMENTS = st.none() | st.datetimes(datetime(1970, 1, 2), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 – the strategy adds it
RULES = st.builds(
    Rules,
    st.just(EmailAddress.parse("taro@home.test")),
    st.none()
    | st.builds(
        Vacation,
        WORDS,
        WORDS,
        days=st.integers(1, 60),
        first_day=st.none() | st.dates(),
        starts_at=MOMENTS,
        ends_at=MOMENTS,
    ),
    st.none() | st.builds(Forwarding, st.lists(ADDRESSES, min_size=1, max_size=4).map(tuple), st.booleans()),
    st.lists(FILTERS, max_size=6).map(tuple),
)
ENDLESS = Rules(
    EmailAddress.parse("taro@home.test"),
    Vacation("x" * 10_000, "日" * 200),
    filters=tuple(
        Filter("f", (Condition(Field.SUBJECT, Comparison.IS, "日" * 200),), folder="x", trash=bool(number % 2))
        for number in range(50)
    ),
)


@pytest.fixture
def folder(house: MailHouse) -> Iterator[Path]:
    made = house.mail / "scripts"
    made.mkdir()
    os.chown(made, 5000, 5000)
    yield made
    shutil.rmtree(made)


def test_dovecot_compiles_whatever_people_write(house: MailHouse, folder: Path) -> None:
    made: list[str] = [render(ENDLESS)]
    assert SCRIPT_OCTETS / 2 < len(made[0].encode()) < SCRIPT_OCTETS

    @settings(
        max_examples=SCRIPTS,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(RULES, st.lists(ADDRESSES, max_size=3))
    def gather(rules: Rules, own: list[EmailAddress]) -> None:
        made.append(render(rules, own))

    gather()
    scripts = {f"{number}.sieve": script for number, script in enumerate(made) if script}
    for name, script in scripts.items():
        (folder / name).write_text(script, "utf-8", newline="")
    said = house.execute(
        "dovecot", "sh", "-c", "for one in /srv/mail/scripts/*.sieve; do sievec $one 2>&1 || true; done"
    )
    compiled = {file.stem for file in folder.glob("*.svbin")}
    assert compiled == {Path(name).stem for name in scripts}, said
    assert len(scripts) > SCRIPTS / 2
