"""Objects too large for one request, in parts; given up as a whole when one of them fails."""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any

from machiya.adapters.vault_s3.bandwidth import Bandwidth, Metered

_CHUNK = 1024 * 1024


def put_in_parts(
    client: Any,
    where: dict[str, str],
    locked: dict[str, Any],
    source: Path,
    bandwidth: Bandwidth,
    *,
    part_bytes: int,
    condition: dict[str, str],
) -> str:
    """The version. The lock is given at the beginning and holds from the moment when the object is whole."""
    begun = client.create_multipart_upload(**where, **locked, ChecksumAlgorithm="SHA256")
    upload = where | {"UploadId": begun["UploadId"]}
    try:
        parts = [
            _part(client, upload, source, bandwidth, number, start, min(part_bytes, source.stat().st_size - start))
            for number, start in enumerate(range(0, source.stat().st_size, part_bytes), start=1)
        ]
        answer = client.complete_multipart_upload(**upload, **condition, MultipartUpload={"Parts": parts})
    except BaseException:
        client.abort_multipart_upload(**upload)
        raise
    return str(answer["VersionId"])


def _part(
    client: Any, upload: dict[str, str], source: Path, bandwidth: Bandwidth, number: int, start: int, size: int
) -> dict[str, Any]:
    with source.open("rb") as file:
        checksum = _checksum(Metered(file, Bandwidth(0), start, size))
        answer = client.upload_part(
            **upload,
            PartNumber=number,
            Body=Metered(file, bandwidth, start, size),
            ContentLength=size,
            ChecksumSHA256=checksum,
        )
    return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}


def _checksum(part: Metered) -> str:
    digest = hashlib.sha256()
    while chunk := part.read(_CHUNK):
        digest.update(chunk)
    return b64encode(digest.digest()).decode()
