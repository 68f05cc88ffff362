#!/bin/sh
# Builds the Dovecot 2.4 image of the test lane and prints its name; does nothing when it is already built.
#
# Needs a running Docker engine and .venv (make installed-dev). Where debian:trixie-slim is not there yet, `machiya images
# base` makes it with debootstrap (root), which reaches Debian's archive only. Installs nothing on this machine.
#   DEBIAN_MIRROR   another mirror of Debian's archive (optional)
set -eu
cd "$(dirname "$0")"

../../../.venv/bin/python -m machiya images base --base debootstrap >&2

hash=$(find image -type f | LC_ALL=C sort | xargs cat | sha256sum | cut -c1-16)
tag=machiya-test/dovecot:$hash
if ! docker image inspect "$tag" >/dev/null 2>&1; then
    echo "build.sh: building $tag" >&2
    DOCKER_BUILDKIT=0 docker build --network host -t "$tag" image >&2
fi
echo "$tag"
