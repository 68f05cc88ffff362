import re

import pytest

from machiya.core.errors import InvalidInput
from machiya.jobs.kinds import KINDS, ParameterType, check_parameters, kinds_of, parse_kind
from machiya.jobs.model import JobKind, JobLock

HEAD = "128:" + "ab" * 32
JAPANESE = re.compile(r"[぀-ヿ一-鿿]")


@pytest.mark.parametrize("text", ["", "rm -rf /", "backup.daily; true", "../backup.daily", "BACKUP.DAILY", "backup"])
def test_parse_kind_takes_the_closed_list_only(text: str) -> None:
    with pytest.raises(InvalidInput, match="there is no job") as caught:
        parse_kind(text)
    assert all(kind in caught.value.hint for kind in JobKind)


def test_parse_kind_reads_each_of_the_list() -> None:
    assert [parse_kind(str(kind)) for kind in JobKind] == list(JobKind)


@pytest.mark.parametrize(
    "given", [{"path": "/etc/passwd"}, {"expect": "/etc/passwd"}, {"expect": HEAD + "\n"}, {"": ""}]
)
def test_check_parameters_refuses_what_is_not_of_its_type(given: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        check_parameters(JobKind.AUDIT_VERIFY, given)


def test_check_parameters_takes_what_fits_or_nothing() -> None:
    check_parameters(JobKind.AUDIT_VERIFY, {"expect": HEAD})
    for kind in JobKind:
        check_parameters(kind, {})


@pytest.mark.parametrize("kind", [kind for kind in JobKind if not KINDS[kind].parameters])
def test_check_parameters_of_a_kind_without_any_refuses_all(kind: JobKind) -> None:
    with pytest.raises(InvalidInput, match="no parameter"):
        check_parameters(kind, {"expect": HEAD})


@pytest.mark.parametrize("text", ["/etc/passwd", "../x", "a b", "$(id)", "x;y", "-rf"])
@pytest.mark.parametrize("kind", ParameterType)
def test_no_type_of_parameter_takes_a_path_or_a_command(kind: ParameterType, text: str) -> None:
    assert not kind.value[0].fullmatch(text)


def test_every_kind_has_facts_in_both_languages_and_none_destroys() -> None:
    assert set(KINDS) == set(JobKind)
    for facts in KINDS.values():
        assert JAPANESE.search(facts.what[1])
        assert not JAPANESE.search(facts.what[0])
        assert not facts.destructive, "a kind that destroys needs grants: bootstrap gives the agent none yet"


def test_kinds_of_a_lock_are_all_that_need_the_backup_disk() -> None:
    assert kinds_of(JobLock.BACKUP) == (JobKind.BACKUP_DAILY, JobKind.BACKUP_WEEKLY, JobKind.VAULT_SYNC)
