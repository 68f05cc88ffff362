"""The boto3 client: times and attempts are botocore's own configuration."""

import os
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
from botocore.config import Config


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the vault is.

    Args:
        endpoint: URL of an S3 server; empty: AWS.
        prefix: before every key, empty or with a slash at its end.
    """

    name: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    endpoint: str = ""
    prefix: str = ""
    attempts: int = 6
    timeout_seconds: float = 60
    connections: int = 10


def _session() -> Any:
    """Knows no profile and no file of the person who happens to run it."""
    nothing = (None, None, None, None)
    no_file = (None, None, os.devnull, None)
    own = {"profile": nothing, "config_file": no_file, "credentials_file": no_file}
    return boto3.session.Session(botocore_session=botocore.session.Session(session_vars=own))


def make_client(bucket: Bucket) -> Any:
    """One client for all threads."""
    own = bool(bucket.endpoint)
    configuration = Config(
        region_name=bucket.region,
        connect_timeout=bucket.timeout_seconds,
        read_timeout=bucket.timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": bucket.attempts},
        max_pool_connections=bucket.connections,
        tcp_keepalive=True,
        s3={"addressing_style": "path" if own else "virtual"},
        user_agent_extra="machiya",
        ignore_configured_endpoint_urls=True,
    )
    return _session().client(
        "s3",
        endpoint_url=bucket.endpoint or None,
        aws_access_key_id=bucket.access_key_id,
        aws_secret_access_key=bucket.secret_access_key,
        config=configuration,
    )
