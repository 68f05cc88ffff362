#!/usr/bin/env python3
"""Restores a snapshot from a vault of Machiya without Machiya.

Needs Python 3.9, zstd, for an S3 vault the AWS command line (aws), for an encrypted one age. Keys come from the
environment, as aws wants them: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION.

  python3 restore.py --bucket BUCKET list
  python3 restore.py --bucket BUCKET restore KEY VERSION TARGET [--path PATH]
  python3 restore.py --folder FOLDER list
  python3 restore.py --folder FOLDER restore KEY - TARGET [--path PATH]

More: --endpoint URL, --prefix PREFIX (ends with a slash), --age-key FILE (a file with AGE-SECRET-KEY-1...).
Every file is compared with its SHA-256. Exit code 1: something is missing; it is named.
"""

import argparse
import base64
import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

CHUNK = 1 << 20
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Vault:
    """Fetches objects: with aws from a bucket, or from a folder."""

    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch

    def aws(self, *words):
        endpoint = ["--endpoint-url", self.options.endpoint] if self.options.endpoint else []
        command = ["aws", *endpoint, "s3api", *words, "--bucket", self.options.bucket]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout

    def manifests(self):
        if self.options.folder:
            for folder, _, names in sorted(os.walk(os.path.join(self.options.folder, "manifests"))):
                for name in sorted(names):
                    yield "", os.path.relpath(os.path.join(folder, name), self.options.folder), "-"
            return
        said = self.aws("list-object-versions", "--prefix", self.options.prefix + "manifests/", "--output", "json")
        for one in sorted(json.loads(said or b"{}").get("Versions") or [], key=lambda each: each["LastModified"]):
            yield one["LastModified"], one["Key"][len(self.options.prefix) :], one["VersionId"]

    def fetch(self, key, version):
        """A file with the object's bytes, compared with the hash in its name."""
        if self.options.folder:
            path = os.path.join(self.options.folder, key)
        else:
            path = os.path.join(self.scratch, "object")
            self.aws("get-object", "--key", self.options.prefix + key, "--version-id", version, path)
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            for chunk in iter(lambda: file.read(CHUNK), b""):
                digest.update(chunk)
        if digest.hexdigest() not in key:
            raise OSError("%s is damaged" % key)
        return path

    def opened(self, path, key):
        """A process that writes the decompressed bytes."""
        if not key.endswith(".age"):
            return subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE)
        age = subprocess.Popen(["age", "-d", "-i", self.options.age_key, path], stdout=subprocess.PIPE)
        return subprocess.Popen(["zstd", "-dcq"], stdin=age.stdout, stdout=subprocess.PIPE)


def text(line, name):
    encoded = line.get(name + "_base64")
    return base64.b64decode(encoded) if encoded is not None else line[name].encode("utf-8")


def read_manifest(vault, key, version):
    """Every line between the first and the last; the last one's checksum is compared."""
    process = vault.opened(vault.fetch(key, version), key)
    digest, lines = hashlib.sha256(), []
    for raw in process.stdout:
        line = json.loads(raw)
        if "end" in line:
            given = line.pop("sha256")
            digest.update(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            if given != digest.hexdigest():
                break
            return lines[1:]
        digest.update(raw)
        lines.append(line)
    sys.exit("the manifest is damaged or cut off: " + key)


def inside(path):
    if b"\0" in path or any(part in (b"", b".", b"..") for part in path.split(b"/")):
        sys.exit("the manifest has a path that leads out: %r" % path)
    return path


def wanted(lines, below):
    for line in lines:
        path = inside(text(line, "path"))
        if line["type"] == "hard_link":
            inside(text(line, "link"))
        if not below or path == below or path.startswith(below + b"/"):
            yield path, line


@contextlib.contextmanager
def folder(root, path):
    """Made where it is not there, opened part by part: nothing is written through a symlink."""
    descriptor = os.open(root, FOLDER)
    try:
        for part in path.split(b"/") if path else ():
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o700, dir_fd=descriptor)
            below = os.open(part, FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def parent(root, path):
    above, _, name = path.rpartition(b"/")
    with folder(root, above) as descriptor:
        yield descriptor, name


def dress(descriptor, line):
    if os.geteuid() == 0:
        os.chown(descriptor, line["uid"], line["gid"])
    for name, value in line.get("xattrs", {}).items():
        with contextlib.suppress(OSError):
            os.setxattr(descriptor, name, base64.b64decode(value))
    os.chmod(descriptor, line["mode"])
    os.utime(descriptor, ns=(line["mtime_ns"], line["mtime_ns"]))


def write_file(root, path, line, stream):
    digest, left = hashlib.sha256(), line["size"]
    with parent(root, path) as (above, name):
        new = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=above)
        with open(new, "wb", buffering=0) as file:
            while left:
                chunk = stream.read(min(left, CHUNK))
                if not chunk:
                    break
                digest.update(chunk)
                rest = memoryview(chunk)
                while rest:
                    rest = rest[file.write(rest) :]
                left -= len(chunk)
            if digest.hexdigest() != line["sha256"]:
                os.unlink(name, dir_fd=above)
                raise OSError("its bytes are not those of the manifest")
            dress(file.fileno(), line)


def write_link(root, path, line):
    with parent(root, path) as (above, name):
        if line["type"] == "hard_link":
            with parent(root, text(line, "link")) as (other, first):
                os.link(first, name, src_dir_fd=other, dst_dir_fd=above, follow_symlinks=False)
            return
        os.symlink(text(line, "link"), name, dir_fd=above)
        if os.geteuid() == 0:
            os.chown(name, line["uid"], line["gid"], dir_fd=above, follow_symlinks=False)
        os.utime(name, ns=(line["mtime_ns"], line["mtime_ns"]), dir_fd=above, follow_symlinks=False)


def from_pack(vault, pack, files, root, failed):
    """Files in the order of the pack; one content may belong to several."""
    files.sort(key=lambda pair: pair[1]["offset"])
    try:
        process = vault.opened(vault.fetch(pack[0], pack[1]), pack[0])
    except (OSError, subprocess.CalledProcessError) as error:
        failed.extend((path, str(error)) for path, _ in files)
        return
    at, before = 0, (None, None)
    for path, line in files:
        try:
            if before[0] == line["offset"]:
                with parent(root, before[1]) as (above, name):
                    first = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=above)
                with open(first, "rb") as twin:
                    write_file(root, path, line, twin)
                continue
            while at < line["offset"]:
                skipped = process.stdout.read(min(line["offset"] - at, CHUNK))
                if not skipped:
                    raise OSError("its pack ends too early")
                at += len(skipped)
            before = (line["offset"], path)
            at += line["size"]
            write_file(root, path, line, process.stdout)
        except OSError as error:
            failed.append((path, str(error)))
    process.stdout.close()
    process.wait()


def restore(vault, options):
    root, below, failed = os.fsencode(options.target), os.fsencode(options.path.strip("/")), []
    if os.path.lexists(root):
        sys.exit("%s is there already; name a new folder" % options.target)
    entries = list(wanted(read_manifest(vault, options.key, options.version), below))
    if not entries:
        sys.exit("nothing lies at that path")
    os.makedirs(root, mode=0o700)
    packs = {}
    for path, line in entries:
        if line["type"] == "directory":
            with folder(root, path):
                pass
        elif line["type"] == "file":
            packs.setdefault((line["pack"], line["pack_version"]), []).append((path, line))
    for number, (pack, files) in enumerate(sorted(packs.items()), start=1):
        print("pack %d of %d" % (number, len(packs)), file=sys.stderr)
        from_pack(vault, pack, files, root, failed)
    for kind in ("hard_link", "symlink"):
        for path, line in entries:
            if line["type"] == kind:
                try:
                    write_link(root, path, line)
                except OSError as error:
                    failed.append((path, str(error)))
    for path, line in reversed(entries):
        if line["type"] == "directory":
            with folder(root, path) as descriptor:
                dress(descriptor, line)
    for path, reason in failed:
        print("NOT RESTORED: %s: %s" % (os.fsdecode(path), reason), file=sys.stderr)
    print("%d entries, %d not restored" % (len(entries), len(failed)))
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--bucket", "--folder", "--endpoint", "--prefix", "--age-key"):
        parser.add_argument(name, default="")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
    command = commands.add_parser("restore")
    for name in ("key", "version", "target"):
        command.add_argument(name)
    command.add_argument("--path", default="")
    options = parser.parse_args()
    if bool(options.bucket) == bool(options.folder):
        parser.error("name --bucket or --folder")
    with tempfile.TemporaryDirectory() as scratch:
        vault = Vault(options, scratch)
        if options.command == "restore":
            return restore(vault, options)
        for stored, key, version in vault.manifests():
            if re.search(r"[0-9a-f]{64}", key):
                print(stored, key, version)
    return 0


if __name__ == "__main__":
    sys.exit(main())
