from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import pytest

from fakes.moving_clock import START, MovingClock
from machiya.adapters.notify.web import Ntfy, Webhook
from machiya.backup.model import Rota, Totals
from machiya.bootstrap import House
from machiya.bootstrap.agent_unit import agent_unit
from machiya.bootstrap.jobs import BackupTooOld, JobLocks, freshness, schedules_of, works_of
from machiya.bootstrap.notifying import HouseMail, notifiers, relay_account
from machiya.core.errors import Conflict, Refused
from machiya.core.progress import SILENT, Progress
from machiya.jobs.model import JobKind, JobLock
from machiya.settings import Settings

HOUR = timedelta(hours=1)
DOCKER = '[house]\nengine = "docker"\n'


def house(folder: Path, text: str = "") -> House:
    (folder / "machiya.toml").write_text(text)
    return House(folder)


def age(taken: datetime | None, first: datetime | None = START) -> Callable[[], str]:
    work = freshness(lambda: taken, lambda: first, MovingClock(START + 30 * HOUR), 26 * HOUR)
    return lambda: work({}, SILENT)


def test_freshness_tells_the_age_while_it_is_well() -> None:
    assert age(START + 4 * HOUR)() == "the newest snapshot is 26 hours old"


def test_freshness_fails_for_a_snapshot_that_is_too_old() -> None:
    with pytest.raises(BackupTooOld, match="27 hours old, more than 26"):
        age(START + 3 * HOUR)()


def test_freshness_of_a_new_house_waits_for_its_first_snapshot_but_not_for_ever() -> None:
    assert "not overdue" in age(None, START + 20 * HOUR)()
    assert "not overdue" in age(None, None)()
    with pytest.raises(BackupTooOld, match="no snapshot yet"):
        age(None)()


def test_works_are_those_that_the_house_can_do(tmp_path: Path) -> None:
    asked: list[House] = []

    class WithBackups(House):
        @cached_property
        def backups(self) -> SimpleNamespace:  # type: ignore[override]  # a stand-in with the one method that is asked
            asked.append(self)

            def run(rota: Rota, progress: Progress) -> Totals:
                progress.line(str(rota))
                return Totals(3, 2 * 2**20, 2**19)

            return SimpleNamespace(run=run)

    (tmp_path / "machiya.toml").write_text("")
    works = works_of(WithBackups(tmp_path))
    assert set(works) == set(JobKind) - {JobKind.VAULT_SYNC}, "there is no vault"
    for _ in range(2):
        assert works[JobKind.BACKUP_WEEKLY]({}, SILENT) == "3 entries, 2 MiB, 512 KiB of it new"
    assert len({id(one) for one in asked}) == 2, "each run looks at the disk and the settings anew"


def test_schedules_leave_out_what_is_turned_off(tmp_path: Path) -> None:
    settings = house(tmp_path, '[jobs]\nbackup_daily = ""\ntimezone = "Asia/Tokyo"\n').settings
    found = schedules_of(settings)
    assert JobKind.BACKUP_DAILY not in found
    assert (found[JobKind.AUDIT_VERIFY].cron, found[JobKind.AUDIT_VERIFY].zone) == ("30 4 * * *", "Asia/Tokyo")


def test_locks_are_of_the_kernel_and_see_what_a_backup_by_hand_holds(tmp_path: Path) -> None:
    made = house(tmp_path)
    locks = JobLocks(made.lock)
    assert locks.free(JobLock.BACKUP)
    with locks.hold(JobLock.BACKUP):
        assert not locks.free(JobLock.BACKUP)
        assert locks.free(JobLock.AUDIT)
        with pytest.raises(Conflict), locks.hold(JobLock.BACKUP):
            raise AssertionError
    with made.lock("backup"):
        assert not locks.free(JobLock.BACKUP)
        with locks.hold(JobLock.BACKUP):  # what runs under it may take the other one itself
            pass
    assert locks.free(JobLock.BACKUP)


def test_notifiers_are_those_that_the_settings_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert notifiers(house(tmp_path)) == ()
    monkeypatch.setenv("MACHIYA_SECRETS__NOTIFY_WEBHOOK", "https://hooks.example/x")
    monkeypatch.setenv("MACHIYA_SECRETS__NOTIFY_NTFY", "https://ntfy.example/x")
    found = notifiers(house(tmp_path, '[house]\nowner = "you@home.test"\n'))
    assert [type(one) for one in found] == [HouseMail, Webhook, Ntfy]


def test_relay_account_is_that_of_the_domain() -> None:
    secrets = {"relay_password": "general", "relay_domain_passwords": "other.jp=own second.jp=x"}
    relay = {"domains": {"other.jp": {"preset": "ses", "user": "AKIA"}}, "ca_file": "ca.pem"}
    settings = Settings.model_validate({"relay": relay, "secrets": secrets, "root": Path("/srv/house")})
    plain, own = relay_account(settings, "home.jp"), relay_account(settings, "other.jp")
    assert (plain.host, plain.user, plain.password) == ("smtp.sendgrid.net", "apikey", "general")
    assert (own.host, own.user, own.password) == ("email-smtp.us-east-1.amazonaws.com", "AKIA", "own")
    assert own.ca_file == Path("/srv/house/ca.pem")
    assert "general" not in repr(plain)


def test_agent_unit_runs_the_agent_of_this_house_and_may_write_nothing_else(tmp_path: Path) -> None:
    disk = tmp_path / "second disk"
    unit = agent_unit(house(tmp_path, f'{DOCKER}[storage]\nbackup = "{disk}"\n'))
    lines = unit.splitlines()
    assert any(line.endswith(f"-m machiya --house {tmp_path} agent") for line in lines)
    assert f'ReadWritePaths={tmp_path} -{tmp_path}/data/fast -{tmp_path}/data/bulk "-{disk}"' in lines
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "KillMode=mixed", "Restart=always"):
        assert line in lines


@pytest.mark.parametrize(("provider", "writes"), [("folder", True), ("none", False)])
def test_agent_unit_may_write_the_folder_of_the_vault(tmp_path: Path, provider: str, *, writes: bool) -> None:
    unit = agent_unit(house(tmp_path, f'{DOCKER}[vault]\nprovider = "{provider}"\nfolder = "/mnt/nas"\n'))
    (line,) = (line for line in unit.splitlines() if line.startswith("ReadWritePaths="))
    assert ("-/mnt/nas" in line.split()) == writes


def test_agent_unit_tells_that_docker_is_as_good_as_root(tmp_path: Path) -> None:
    assert "it may talk to Docker" in agent_unit(house(tmp_path, DOCKER))


def test_agent_unit_is_refused_for_an_embedded_house(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        agent_unit(house(tmp_path))
