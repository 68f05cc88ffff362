#!/bin/sh
# Builds the Dovecot 2.4 image of the test lane and prints its name; does nothing when it is already built.
#
# Needs a running Docker engine. Where debian:trixie-slim is not there yet, it is made with debootstrap (root), which
# reaches Debian's archive only. Installs nothing on this machine.
#   DEBIAN_MIRROR   another mirror of Debian's archive (optional)
set -eu
cd "$(dirname "$0")"

base=debian:trixie-slim

fail() {
    echo "build.sh: $1" >&2
    echo "  what to do: $2" >&2
    exit 1
}

make_base() {
    command -v debootstrap >/dev/null || PATH="$PATH:/usr/sbin:/sbin"
    command -v debootstrap >/dev/null ||
        fail "there is no image $base and no debootstrap to make it" "apt-get install debootstrap, or: docker pull $base"
    [ "$(id -u)" = 0 ] || fail "debootstrap must run as root" "run this as root once, or: docker pull $base"
    root=$(mktemp -d)
    trap 'umount -l "$root/base/proc" "$root/base/sys" 2>/dev/null; rm -rf --one-file-system "$root"' EXIT
    echo "build.sh: making $base with debootstrap" >&2
    # shellcheck disable=SC2086 -- no mirror means no argument
    debootstrap --variant=minbase trixie "$root/base" ${DEBIAN_MIRROR:-} >"$root/log" 2>&1 ||
        { tail -n 20 "$root/log" >&2; fail "debootstrap failed" "see the lines above; is Debian's archive reachable?"; }
    slim "$root/base"
    tar -C "$root/base" -c . | docker import --change 'CMD ["bash"]' - "$base" >/dev/null
}

slim() {
    mirror=$(awk '$1 == "deb" { print $2; exit }' "$1/etc/apt/sources.list")
    mirror=${mirror%/}
    printf 'deb %s trixie main\ndeb %s trixie-updates main\ndeb %s-security trixie-security main\n' \
        "$mirror" "$mirror" "$mirror" >"$1/etc/apt/sources.list"
    printf 'path-exclude=/usr/share/%s/*\n' doc man info locale >"$1/etc/dpkg/dpkg.cfg.d/slim"
    printf 'Acquire::Languages "none";\nAPT::Install-Recommends "false";\n' >"$1/etc/apt/apt.conf.d/slim"
    rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/var/log/*.log \
        "$1"/usr/share/doc/* "$1"/usr/share/man/* "$1"/usr/share/info/* "$1"/usr/share/locale/*
}

command -v docker >/dev/null || fail "docker is not installed" "apt-get install docker.io iptables"
docker version >/dev/null 2>&1 || fail "the Docker engine does not answer" "start it (dockerd) and try again"

hash=$(find image -type f | LC_ALL=C sort | xargs cat | sha256sum | cut -c1-16)
tag=machiya-test/dovecot:$hash
if ! docker image inspect "$tag" >/dev/null 2>&1; then
    docker image inspect "$base" >/dev/null 2>&1 || make_base
    echo "build.sh: building $tag" >&2
    DOCKER_BUILDKIT=0 docker build --network host -t "$tag" image >&2
fi
echo "$tag"
