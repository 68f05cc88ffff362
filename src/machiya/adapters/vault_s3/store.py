"""The store on S3. Every object is put with its SHA-256, encrypted, and with an explicit COMPLIANCE lock.

Source: AWS, "Using S3 Object Lock"; "Checking object integrity"; "Conditional writes".
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError

from machiya.adapters.vault_s3.bandwidth import Bandwidth, Metered
from machiya.adapters.vault_s3.client import Bucket, make_client
from machiya.adapters.vault_s3.errors import GONE, TAKEN, code_of, told
from machiya.adapters.vault_s3.multipart import put_in_parts
from machiya.backup.vault.errors import ContentDamaged, VaultUnavailable
from machiya.backup.vault.model import ObjectVersion, StoredVersion

_CHUNK = 1024 * 1024
_FETCHES = 3
SINGLE_BYTES = 4 * 1024 * 1024 * 1024
PART_BYTES = 128 * 1024 * 1024


class S3Store:
    """A bucket with Object Lock.

    Args:
        single_bytes: the largest object that is put in one request (S3 takes 5 GiB).
        part_bytes: of larger ones.
    """

    locks = True

    def __init__(
        self,
        bucket: Bucket,
        bandwidth: Bandwidth | None = None,
        *,
        single_bytes: int = SINGLE_BYTES,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self.client: Any = make_client(bucket)
        self._bucket, self._bandwidth = bucket, bandwidth or Bandwidth(0)
        self._single_bytes, self._part_bytes = single_bytes, part_bytes
        self.name = f"s3://{bucket.name}/{bucket.prefix}"

    def now(self) -> datetime:
        """The Date header of an answer.

        Raises:
            VaultUnavailable: it has none.
        """
        with told(f"the clock of {self.name}"):
            answer = self.client.list_object_versions(
                Bucket=self._bucket.name, Prefix=f"{self._bucket.prefix}manifests/", MaxKeys=1
            )
        try:
            return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError) as error:
            raise VaultUnavailable(f"{self.name} does not tell its time", hint="Run machiya vault check.") from error

    def put(self, key: str, source: Path, sha256: str, until: datetime) -> str:
        """Store a file, locked from its first moment; its version.

        Under a key that is taken by other bytes a new version is put on top: whoever put them there changes nothing.
        """
        with told(f"storing {key}"):
            try:
                return self._put(key, source, sha256, until, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) not in TAKEN:
                    raise
            return self._same(key, source, sha256) or self._put(key, source, sha256, until)

    def _put(self, key: str, source: Path, sha256: str, until: datetime, **condition: str) -> str:
        size = source.stat().st_size
        where = {"Bucket": self._bucket.name, "Key": self._bucket.prefix + key}
        locked = {
            "ServerSideEncryption": "AES256",
            "ObjectLockMode": "COMPLIANCE",
            "ObjectLockRetainUntilDate": until,
        }
        if size > self._single_bytes:
            return put_in_parts(
                self.client, where, locked, source, self._bandwidth, part_bytes=self._part_bytes, condition=condition
            )
        with source.open("rb") as file:
            answer = self.client.put_object(
                **where,
                **locked,
                **condition,
                Body=Metered(file, self._bandwidth, 0, size),
                ContentLength=size,
                ChecksumSHA256=b64encode(bytes.fromhex(sha256)).decode(),
            )
        return _version_of(answer, key)

    def _same(self, key: str, source: Path, sha256: str) -> str:
        """The version that has this key, if it has these bytes; of an object in parts S3 has no such sum."""
        where = {"Bucket": self._bucket.name, "Key": self._bucket.prefix + key}
        try:
            found = self.client.head_object(**where, ChecksumMode="ENABLED")
        except ClientError as error:
            if code_of(error) in GONE:  # hidden meanwhile, or an upload of somebody else that was given up
                return ""
            raise
        same = found.get("ChecksumSHA256") == b64encode(bytes.fromhex(sha256)).decode()
        return str(found.get("VersionId", "")) if same and found["ContentLength"] == source.stat().st_size else ""

    def fetch(self, item: ObjectVersion, target: Path, sha256: str) -> None:
        """Write exactly this version into a new file; broken transfers are begun again."""
        trouble: Exception | None = None
        for _ in range(_FETCHES):
            with told(f"fetching {item}"):
                try:
                    if self._fetched(item, target) == sha256:
                        return
                    trouble = None
                except ClientError:
                    raise
                except FlexibleChecksumError:  # botocore saw it first
                    trouble = None
                except (BotoCoreError, OSError) as error:
                    trouble = error
        target.unlink(missing_ok=True)
        if trouble is not None:
            raise VaultUnavailable(
                f"fetching {item}: {trouble}", hint="Is the network there? Run it again."
            ) from trouble
        raise ContentDamaged(
            f"{item} in {self.name} is damaged", hint="Restore from another snapshot; then machiya vault check."
        )

    def _fetched(self, item: ObjectVersion, target: Path) -> str:
        answer = self.client.get_object(**self._where(item))
        digest = hashlib.sha256()
        with target.open("wb") as file:
            for chunk in answer["Body"].iter_chunks(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest()

    def locked_until(self, item: ObjectVersion) -> datetime | None:
        """Read back from the store."""
        with told(f"reading the lock of {item}"):
            found = self.client.head_object(**self._where(item))
        until = found.get("ObjectLockRetainUntilDate")
        if found.get("ObjectLockMode") != "COMPLIANCE" or not isinstance(until, datetime):
            return None
        return until.astimezone(UTC)

    def renew(self, item: ObjectVersion, until: datetime) -> None:
        """Lock exactly this version longer; COMPLIANCE lets nobody shorten it."""
        with told(f"renewing the lock of {item}"):
            self.client.put_object_retention(
                **self._where(item), Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until}
            )

    def versions(self, prefix: str) -> Iterator[StoredVersion]:
        """Through ListObjectVersions, so that markers hide nothing."""
        with told(f"listing {self.name}"):
            pages = self.client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket.name, Prefix=self._bucket.prefix + prefix
            )
            for page in pages:
                for one in page.get("Versions", ()):
                    key = str(one["Key"]).removeprefix(self._bucket.prefix)
                    item = ObjectVersion(key, str(one["VersionId"]))
                    yield StoredVersion(item, int(one["Size"]), one["LastModified"].astimezone(UTC), one["IsLatest"])

    def hide(self, key: str) -> None:
        """A delete marker; the versions below it stay until the lifecycle of the bucket comes."""
        with told(f"hiding {key}"):
            self.client.delete_object(Bucket=self._bucket.name, Key=self._bucket.prefix + key)

    def abort_unfinished(self, before: datetime) -> int:
        """Give up uploads in parts that a killed run left: they are stored and paid for, and nobody sees them."""
        count = 0
        with told(f"looking for unfinished uploads in {self.name}"):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket.name, Prefix=self._bucket.prefix
            )
            for page in pages:
                for one in page.get("Uploads", ()):
                    if one["Initiated"].astimezone(UTC) < before:
                        self.client.abort_multipart_upload(
                            Bucket=self._bucket.name, Key=one["Key"], UploadId=one["UploadId"]
                        )
                        count += 1
        return count

    def _where(self, item: ObjectVersion) -> dict[str, str]:
        return {"Bucket": self._bucket.name, "Key": self._bucket.prefix + item.key, "VersionId": item.version}


def _version_of(answer: dict[str, Any], key: str) -> str:
    version = answer.get("VersionId")
    if not version or version == "null":
        raise VaultUnavailable(
            f"{key} was stored without a version: the bucket keeps none", hint="Run machiya vault check."
        )
    return str(version)
