"""SeaweedFS as a process of the test run: a real S3 server that keeps COMPLIANCE locks against everybody."""

import json
import shutil
import subprocess  # noqa: TID251 – a test lane starts its daemon itself
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from integration.ports import free_ports
from machiya.adapters.vault_s3.client import Bucket, make_client

START_SECONDS = 120
STOP_SECONDS = 30
KEY, SECRET = "house", "not-a-secret-of-anybody"


class SeaweedFs:
    """One server; ``new_bucket`` makes empty buckets in it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="machiya-seaweedfs-"))
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._buckets = 0
        self._ports: list[int] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()  # nobody needs its data any more
            self._process.wait(STOP_SECONDS)
        for port in self._ports:
            for socket in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                socket.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def new_bucket(self, *, locked: bool = True, days: int = 30) -> Bucket:
        """A fresh bucket with Object Lock and a default retention, as the vault wants it."""
        self._buckets += 1
        bucket = self.bucket(f"vault-{self._buckets}")
        client = make_client(bucket)
        client.create_bucket(Bucket=bucket.name, ObjectLockEnabledForBucket=locked)
        if locked and days:
            rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": days}}
            client.put_object_lock_configuration(
                Bucket=bucket.name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
            )
        return bucket

    def bucket(self, name: str, endpoint: str = "") -> Bucket:
        """How to reach a bucket, made or not."""
        return Bucket(
            name, "us-east-1", KEY, SECRET, endpoint or self.endpoint, "house/", attempts=3, timeout_seconds=20
        )

    def client(self) -> Any:
        """With the keys of the owner, as an attacker has them."""
        return make_client(self.bucket("any"))

    def _start(self) -> None:
        weed = Path(sys.executable).with_name("weed")
        if not weed.exists():
            raise AssertionError("SeaweedFS is missing: make installed-dev")
        identity = {"name": "house", "credentials": [{"accessKey": KEY, "secretKey": SECRET}]}
        actions = {"actions": ["Admin", "Read", "Write", "List", "Tagging"]}
        (self.folder / "s3.json").write_text(json.dumps({"identities": [identity | actions]}))
        names = ("master.port", "volume.port", "filer.port", "s3.port", "master.port.grpc", "volume.port.grpc",
                 "filer.port.grpc", "s3.port.grpc")  # fmt: skip
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.port, self._ports = ports["s3.port"], list(ports.values())
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 – fixed argv
                [weed, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.folder}",
                 "-master.telemetry=false", "-s3", "-s3.config=s3.json", "-s3.port.iceberg=0", "-s3.port.lance=0",
                 "-volume.max=2000", "-master.volumeSizeLimitMB=64",
                 *(f"-{name}={port}" for name, port in ports.items())],
                stdout=log, stderr=log, cwd=self.folder, env={"WEED_S3_SSE_KEY": "0123456789abcdef" * 2},
            )  # fmt: skip
        self._await_answer(self._process)

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        """Until an object can be stored: the volumes come later than the door."""
        deadline, pause = time.monotonic() + START_SECONDS, threading.Event()
        client = self.client()
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.create_bucket(Bucket="first")
                client.put_object(Bucket="first", Key="try", Body=b"x")
            except (ClientError, BotoCoreError):
                pause.wait(0.2)
            else:
                return
        said = (self.folder / "log").read_text(errors="replace")
        raise AssertionError(f"SeaweedFS did not start:\n{said[-4000:]}")
