"""Tries on a bucket what a vault must never let happen."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from machiya.adapters.vault_s3.client import Bucket
from machiya.adapters.vault_s3.errors import GONE, code_of, told
from machiya.adapters.vault_s3.store import S3Store
from machiya.backup.vault.model import ObjectVersion


class S3Probe:
    """The same client and keys as the vault's own."""

    def __init__(self, store: S3Store, bucket: Bucket) -> None:
        self._store, self._client, self._bucket = store, store.client, bucket

    def now(self) -> datetime:
        """The store's clock."""
        return self._store.now()

    def keeps_versions(self) -> bool:
        """What the bucket says of itself."""
        with told("asking for the bucket's versioning"):
            return bool(self._client.get_bucket_versioning(Bucket=self._bucket.name).get("Status") == "Enabled")

    def default_lock_days(self) -> int:
        """COMPLIANCE for so many days; 0: no such thing."""
        with told("asking for the bucket's default lock"):
            try:
                answer = self._client.get_object_lock_configuration(Bucket=self._bucket.name)
            except ClientError as error:
                if code_of(error) in {"ObjectLockConfigurationNotFoundError", "404", "NoSuchObjectLockConfiguration"}:
                    return 0
                raise
        rule: dict[str, Any] = answer.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
        if rule.get("Mode") != "COMPLIANCE":
            return 0
        return int(rule.get("Days") or 0) or int(rule.get("Years") or 0) * 365

    def put(self, key: str, data: bytes, until: datetime, *, parts: bool = False) -> ObjectVersion:
        """Store something small, locked."""
        with told(f"storing {key}"):
            version = self._in_parts(key, data, until) if parts else self._put(key, data, data, until)
        return ObjectVersion(key, version)

    def put_wrong(self, key: str, until: datetime) -> bool:
        """Whether something with the checksum of something else was accepted."""
        return self._accepted(f"storing {key}", lambda: self._put(key, b"these bytes", b"other bytes", until))

    def change_lock(self, item: ObjectVersion, until: datetime, *, weaker: bool = False) -> bool:
        """Whether another end was accepted."""
        bypass = {"BypassGovernanceRetention": True} if weaker else {}
        retention = {"Mode": "GOVERNANCE" if weaker else "COMPLIANCE", "RetainUntilDate": until}
        return self._accepted(
            f"changing the lock of {item}",
            lambda: self._client.put_object_retention(**self._where(item), **bypass, Retention=retention),
        )

    def delete(self, item: ObjectVersion) -> bool:
        """Whether the deletion of a version was accepted, in either of two ways."""
        ways: tuple[dict[str, Any], ...] = ({}, {"BypassGovernanceRetention": True})
        return any(self._deleted(item, way) for way in ways)

    def _deleted(self, item: ObjectVersion, way: dict[str, Any]) -> bool:
        return self._accepted(f"deleting {item}", lambda: self._client.delete_object(**self._where(item), **way))

    def locked_until(self, item: ObjectVersion) -> datetime | None:
        """COMPLIANCE until then."""
        return self._store.locked_until(item)

    def content(self, item: ObjectVersion) -> bytes | None:
        """None: it is gone."""
        with told(f"reading {item}"):
            try:
                return bytes(self._client.get_object(**self._where(item))["Body"].read())
            except ClientError as error:
                if code_of(error) in GONE:
                    return None
                raise

    def hide(self, key: str) -> None:
        """A marker."""
        self._store.hide(key)

    def _put(self, key: str, data: bytes, summed: bytes, until: datetime) -> str:
        answer = self._client.put_object(**self._key(key), **_locked(until), Body=data, ChecksumSHA256=_sum(summed))
        return str(answer.get("VersionId", ""))

    def _in_parts(self, key: str, data: bytes, until: datetime) -> str:
        begun = self._client.create_multipart_upload(**self._key(key), **_locked(until), ChecksumAlgorithm="SHA256")
        upload = self._key(key) | {"UploadId": begun["UploadId"]}
        try:
            part = self._client.upload_part(**upload, PartNumber=1, Body=data, ChecksumSHA256=_sum(data))
            parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": _sum(data)}]
            answer = self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        except BaseException:
            self._client.abort_multipart_upload(**upload)
            raise
        return str(answer.get("VersionId", ""))

    @staticmethod
    def _accepted(what: str, attempt: Callable[[], object]) -> bool:
        """Any refusal of the store is one; no answer is none."""
        with told(what):
            try:
                attempt()
            except ClientError as error:
                if int(error.response["ResponseMetadata"].get("HTTPStatusCode", 500)) >= 500:  # noqa: PLR2004 – HTTP's
                    raise
                return False
            return True

    def _key(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket.name, "Key": self._bucket.prefix + key}

    def _where(self, item: ObjectVersion) -> dict[str, str]:
        return self._key(item.key) | {"VersionId": item.version}


def _locked(until: datetime) -> dict[str, Any]:
    return {"ServerSideEncryption": "AES256", "ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}


def _sum(data: bytes) -> str:
    return b64encode(hashlib.sha256(data).digest()).decode()
