"""Stands in for the AWS command line in the one lane that has none: the two calls that the leaflet names, by boto3."""

import json
import sys
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config

# Run as a program of that name: see test_standalone.py.


def main(words: list[str]) -> None:
    options = {name: words[words.index(name) + 1] for name in words if name.startswith("--")}
    client: Any = boto3.session.Session().client(
        "s3", endpoint_url=options["--endpoint-url"], config=Config(s3={"addressing_style": "path"})
    )
    if "list-object-versions" in words:
        answer = client.list_object_versions(Bucket=options["--bucket"], Prefix=options["--prefix"])
        print(json.dumps({"Versions": answer.get("Versions", [])}, default=datetime.isoformat))
        return
    target = words[words.index("--version-id") + 2]
    answer = client.get_object(Bucket=options["--bucket"], Key=options["--key"], VersionId=options["--version-id"])
    with open(target, "wb") as file:  # noqa: PTH123 – a program of a few lines
        file.write(answer["Body"].read())


if __name__ == "__main__":
    main(sys.argv[1:])
