"""``vault check``: a real store that keeps its promises passes; each broken promise is named, and no other."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest

from integration.vault.s3_proxy import Answer, Asked, S3Proxy
from integration.vault.seaweedfs import SeaweedFs
from machiya.adapters.vault_s3.client import Bucket
from machiya.adapters.vault_s3.probe import S3Probe
from machiya.adapters.vault_s3.store import S3Store
from machiya.backup.vault.errors import PromiseBroken
from machiya.backup.vault.promises import Promise, Proof, prove, require_kept
from machiya.core.clock import SystemClock

pytestmark = pytest.mark.seaweedfs


@pytest.fixture
def proxy(seaweedfs: SeaweedFs) -> Iterator[S3Proxy]:
    with S3Proxy(seaweedfs.port) as proxy:
        yield proxy


def proofs_of(bucket: Bucket) -> tuple[Proof, ...]:
    return prove(S3Probe(S3Store(bucket), bucket), SystemClock(), 30)


def broken(proofs: tuple[Proof, ...]) -> set[Promise]:
    return {proof.promise for proof in proofs if proof.fault}


def test_a_store_that_keeps_its_promises_is_accepted(bucket: Bucket) -> None:
    proofs = proofs_of(bucket)
    assert {proof.promise for proof in proofs} == set(Promise)
    require_kept(proofs, "s3://vault")


def _no_versioning(asked: Asked, answer: Answer) -> Answer:
    if "versioning" in asked.query:
        return Answer(200, answer.headers | {"Content-Length": "0"})
    return answer


def _no_default_lock(asked: Asked, answer: Answer) -> Answer:
    if "object-lock" in asked.query:
        return Answer(200, {}, answer.body.replace(b"COMPLIANCE", b"GOVERNANCE"))
    return answer


def _without_lock(answer: Answer) -> Answer:
    kept = {name: value for name, value in answer.headers.items() if "object-lock" not in name.lower()}
    return Answer(answer.status, kept, answer.body)


def _no_lock(asked: Asked, answer: Answer) -> Answer:
    return _without_lock(answer) if asked.path.endswith("-lock") else answer


def _no_lock_in_parts(asked: Asked, answer: Answer) -> Answer:
    return _without_lock(answer) if asked.path.endswith("-parts") else answer


def _no_renewal(asked: Asked, answer: Answer) -> Answer:
    if asked.path.endswith("-renewal") and "retention" in asked.query:
        return Answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
    return answer


def _shorter(asked: Asked, answer: Answer) -> Answer:
    return Answer(200) if "retention" in asked.query and answer.status == 403 else answer


def _deletion(asked: Asked, answer: Answer) -> Answer:
    return Answer(204) if asked.method == "DELETE" and answer.status == 403 else answer


def _any_checksum(asked: Asked, answer: Answer) -> Answer:
    wrong = asked.method == "PUT" and answer.status == 400 and b"BadDigest" in answer.body
    return Answer(200, {"x-amz-version-id": "1"}) if wrong else answer


def _late(asked: Asked, answer: Answer) -> Answer:  # noqa: ARG001 – as the port has it
    dates = {name: value for name, value in answer.headers.items() if name.lower() == "date"}
    later = {name: format_datetime(_an_hour_later(value), usegmt=True) for name, value in dates.items()}
    return Answer(answer.status, answer.headers | later, answer.body)


def _an_hour_later(value: str) -> datetime:
    return parsedate_to_datetime(value) + timedelta(hours=1)


BREAKERS = {
    Promise.VERSIONS: _no_versioning,
    Promise.DEFAULT_LOCK: _no_default_lock,
    Promise.LOCK: _no_lock,
    Promise.RENEWAL: _no_renewal,
    Promise.NO_SHORTER: _shorter,
    Promise.NO_DELETION: _deletion,
    Promise.CHECKSUM: _any_checksum,
    Promise.LOCK_IN_PARTS: _no_lock_in_parts,
    Promise.CLOCK: _late,
}


@pytest.mark.parametrize("promise", Promise)
def test_each_broken_promise_is_named(promise: Promise, seaweedfs: SeaweedFs, bucket: Bucket, proxy: S3Proxy) -> None:
    proxy.after = BREAKERS[promise]
    proofs = proofs_of(seaweedfs.bucket(bucket.name, proxy.endpoint))
    assert broken(proofs) == {promise}
    with pytest.raises(PromiseBroken, match=str(promise)):
        require_kept(proofs, "s3://vault")


def test_a_bucket_without_object_lock_is_refused(seaweedfs: SeaweedFs) -> None:
    found = broken(proofs_of(seaweedfs.new_bucket(locked=False)))
    assert {Promise.VERSIONS, Promise.DEFAULT_LOCK, Promise.LOCK} <= found


def test_a_bucket_that_locks_too_short_by_itself_is_refused(seaweedfs: SeaweedFs) -> None:
    assert broken(proofs_of(seaweedfs.new_bucket(days=7))) == {Promise.DEFAULT_LOCK}
