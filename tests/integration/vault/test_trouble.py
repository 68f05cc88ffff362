"""503, silence, cut connections, changed bytes, kill -9: nothing is sent twice, nothing half is published."""

import os
import signal
import subprocess  # noqa: TID251 – a process to be killed
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.snapshot_folder import FolderSnapshot
from fakes.trees import tree
from fakes.vault_house import VaultHouse
from integration.vault.s3_proxy import Answer, Asked, Reset, S3Proxy
from integration.vault.seaweedfs import SeaweedFs
from machiya.adapters.vault_s3.client import Bucket
from machiya.adapters.vault_s3.store import S3Store
from machiya.backup.vault.errors import ContentDamaged, VaultUnavailable
from machiya.backup.vault.model import MANIFESTS, PACKS
from machiya.core.clock import SystemClock

pytestmark = pytest.mark.seaweedfs

PART = 5 * 1024 * 1024


@dataclass
class Scene:
    proxy: S3Proxy
    bucket: Bucket
    house: VaultHouse
    source: Path
    snapshot: FolderSnapshot

    def puts(self, what: str) -> int:
        return self.proxy.count("PUT", what, without="retention")


@pytest.fixture
def scene(seaweedfs: SeaweedFs, bucket: Bucket, tmp_path: Path) -> Iterator[Scene]:
    source = tmp_path / "source"
    (source / "mail").mkdir(parents=True)
    for number in range(12):
        (source / "mail" / f"{number}.eml").write_bytes(f"{number}\n".encode() * 5000)
    with S3Proxy(seaweedfs.port) as proxy:
        through = Bucket(
            bucket.name,
            bucket.region,
            bucket.access_key_id,
            bucket.secret_access_key,
            proxy.endpoint,
            bucket.prefix,
            attempts=2,
            timeout_seconds=2,
        )
        house = VaultHouse(S3Store(through), tmp_path / "house", SystemClock())
        yield Scene(proxy, through, house, source, FolderSnapshot(source, datetime.now(tz=UTC)))
        house.index.close()


def unavailable(_: Asked) -> Answer:
    return Answer(503, {"Content-Type": "application/xml"}, b"<Error><Code>SlowDown</Code></Error>")


def cut(_: Asked) -> Answer:
    raise Reset


def silent(_: Asked) -> Answer:
    threading.Event().wait(3)  # longer than the two seconds that the client waits
    raise Reset


TROUBLES = {"503": unavailable, "reset": cut, "timeout": silent}


@pytest.mark.parametrize("kind", TROUBLES)
def test_trouble_once_is_got_over(scene: Scene, tmp_path: Path, kind: str) -> None:
    left = [1]

    def once(asked: Asked) -> Answer | None:
        if asked.method == "PUT" and PACKS in asked.path and left[0]:
            left[0] -= 1
            return TROUBLES[kind](asked)
        return None

    scene.proxy.before = once
    assert scene.house.sync(scene.snapshot).published
    assert not left[0]
    assert scene.house.restore(scene.snapshot.name, tmp_path / "back").failed == []
    assert tree(tmp_path / "back") == tree(scene.source)


@pytest.mark.parametrize("kind", TROUBLES)
def test_lasting_trouble_ends_it_and_the_next_run_goes_on(scene: Scene, kind: str) -> None:
    """The third pack does not get through; the two before it are not sent again."""
    names: list[str] = []

    def third(asked: Asked) -> Answer | None:
        if asked.method == "PUT" and PACKS in asked.path:
            names.extend([asked.path] if asked.path not in names else [])
            if names.index(asked.path) == 2:
                return TROUBLES[kind](asked)
        return None

    scene.proxy.before = third
    with pytest.raises(VaultUnavailable):
        scene.house.sync(scene.snapshot)
    assert list(scene.house.store.versions(MANIFESTS)) == []
    assert not list(scene.house.spool.iterdir())
    scene.proxy.before, before = lambda _: None, scene.puts(PACKS)
    scene.house.reopen()
    done = scene.house.sync(scene.snapshot)
    assert (scene.puts(PACKS) - before, done.new_packs, done.packs) == (1, 1, 3)


def test_an_answer_that_was_lost_stores_nothing_twice(scene: Scene) -> None:
    """The pack is stored, the connection is cut before the answer: the second attempt finds it."""
    left = [1]

    def lost(asked: Asked, answer: Answer) -> Answer:
        if asked.method == "PUT" and PACKS in asked.path and left[0]:
            left[0] -= 1
            raise Reset
        return answer

    scene.proxy.after = lost
    scene.house.sync(scene.snapshot)
    assert len(list(scene.house.store.versions(PACKS))) == 3


def test_bytes_changed_on_the_way_up_are_refused(scene: Scene) -> None:
    def corrupt(asked: Asked) -> Answer | None:
        if asked.method == "PUT" and PACKS in asked.path and asked.body:
            asked.body = bytes([asked.body[0] ^ 1]) + asked.body[1:]
        return None

    scene.proxy.before = corrupt
    with pytest.raises(VaultUnavailable, match=r"BadDigest|XAmzContentSHA256Mismatch"):
        scene.house.sync(scene.snapshot)
    assert list(scene.house.store.versions(PACKS)) == []


def test_bytes_changed_on_the_way_down_are_fetched_again(scene: Scene, tmp_path: Path) -> None:
    scene.house.sync(scene.snapshot)
    left = [1]

    def corrupt(asked: Asked, answer: Answer) -> Answer:
        if asked.method == "GET" and PACKS in asked.path and left[0]:
            left[0] -= 1
            return Answer(answer.status, answer.headers, bytes([answer.body[0] ^ 1]) + answer.body[1:])
        return answer

    scene.proxy.after = corrupt
    assert scene.house.restore(scene.snapshot.name, tmp_path / "back").failed == []
    left[0] = 1000
    restored = scene.house.restore(scene.snapshot.name, tmp_path / "never")
    assert {reason.split(" in ")[1] for _, reason in restored.failed} == {f"{scene.house.store.name} is damaged"}


def test_a_large_object_goes_in_parts_locked_and_one_that_fails_leaves_none(scene: Scene, tmp_path: Path) -> None:
    store = S3Store(scene.bucket, single_bytes=PART, part_bytes=PART)
    large = tmp_path / "large"
    large.write_bytes(os.urandom(2 * PART + 7))
    until = store.now() + timedelta(days=30)

    def second_part(asked: Asked) -> Answer | None:
        return unavailable(asked) if asked.query.get("partNumber") == ["2"] else None

    scene.proxy.before = second_part
    with pytest.raises(VaultUnavailable):
        store.put("packs/large", large, "0" * 64, until)
    uploads = store.client.list_multipart_uploads(Bucket=scene.bucket.name).get("Uploads", [])
    assert (list(store.versions(PACKS)), uploads) == ([], [])
    scene.proxy.before = lambda _: None
    store.put("packs/large", large, "0" * 64, until)
    (one,) = store.versions(PACKS)
    assert (one.size_bytes, store.locked_until(one.object)) == (2 * PART + 7, until)
    with pytest.raises(ContentDamaged):
        store.fetch(one.object, tmp_path / "back", "0" * 64)


def test_uploads_in_parts_that_a_killed_run_left_are_given_up(scene: Scene) -> None:
    store = S3Store(scene.bucket)
    store.client.create_multipart_upload(Bucket=scene.bucket.name, Key=f"{scene.bucket.prefix}packs/left")
    assert store.abort_unfinished(store.now() - timedelta(days=2)) == 0, "it may be another run's"
    assert store.abort_unfinished(store.now() + timedelta(minutes=1)) == 1
    assert store.client.list_multipart_uploads(Bucket=scene.bucket.name).get("Uploads", []) == []


PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from fakes.snapshot_folder import FolderSnapshot
from fakes.vault_house import VaultHouse
from machiya.adapters.vault_s3.client import Bucket
from machiya.adapters.vault_s3.store import S3Store
from machiya.core.clock import SystemClock
name, endpoint, key, secret, source, folder, taken_at = sys.argv[1:]
bucket = Bucket(name, "us-east-1", key, secret, endpoint, "house/")
VaultHouse(S3Store(bucket), Path(folder), SystemClock()).sync(
    FolderSnapshot(Path(source), datetime.fromisoformat(taken_at)))
"""


@pytest.mark.parametrize("moment", ["first pack", "second pack", "lock", "manifest", "after the manifest"])
def test_kill_9(scene: Scene, tmp_path: Path, moment: str) -> None:
    """In the middle of a request; the process that comes next finds no stale lock and publishes one manifest."""
    started: list[subprocess.Popen[bytes]] = []
    packs: list[str] = []

    def due(asked: Asked) -> bool:
        if asked.method == "PUT" and PACKS in asked.path:
            packs.append(asked.path)
        return {
            "first pack": bool(packs),
            "second pack": len(set(packs)) == 2,
            "lock": asked.method == "HEAD" and len(set(packs)) == 3,
            "manifest": asked.method == "PUT" and MANIFESTS in asked.path,
            "after the manifest": asked.method == "HEAD" and MANIFESTS in asked.path,
        }[moment]

    def kill(asked: Asked) -> Answer | None:
        if due(asked) and started and started[0].poll() is None:
            started[0].send_signal(signal.SIGKILL)
            started[0].wait()
            raise Reset
        return None

    bucket, taken_at = scene.bucket, scene.snapshot.taken_at.isoformat()
    ready = threading.Event()
    scene.proxy.before = lambda asked: kill(asked) if ready.wait(60) else None
    scene.house.index.close()
    arguments = [bucket.name, bucket.endpoint, bucket.access_key_id, bucket.secret_access_key]
    folders = [str(scene.source), str(scene.house.folder), taken_at]
    started.append(
        subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments, *folders], env={"PYTHONPATH": "tests"})  # noqa: S603 – fixed argv
    )
    ready.set()
    assert started[0].wait(60) == -signal.SIGKILL
    scene.proxy.before = lambda _: None
    house = scene.house
    house.reopen()
    house.sync(scene.snapshot)
    assert len(list(house.store.versions(MANIFESTS))) == 1
    assert len(list(house.store.versions(PACKS))) == 3
    assert house.restore(scene.snapshot.name, tmp_path / "back").failed == []
    assert tree(tmp_path / "back") == tree(scene.source)
