#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# on-debian.sh bookworm|trixie|sid
# The README on a fresh Debian: makes a root of that suite with debootstrap, copies the
# checkout into it, and runs there, as somebody would who has just installed it, the
# demo, an install and all tests. Packages come from where this machine's apt has them.
# Needs root and debootstrap, about 3 GB in TMPDIR (/var/tmp) and 15 minutes; exits with
# 77 where that cannot be had. KEEP=1 leaves the root where it was made, and says where.
set -euo pipefail
cd "$(dirname "$0")/.."

skip () {
  echo "SKIP: on-debian.sh: $*" >&2
  exit 77
}

# Where apt gets Debian itself from, not its updates.
mirror_of_apt () {
  apt-get indextargets --format '$(ORIGIN) $(LABEL) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 == "Debian" && $3 !~ /-/ { print $4; exit }'
}

# How apt reaches it.
settings_of_apt () {
  apt-config dump | grep -E '^Acquire::(Check-|https?::|Languages|Retries)' || true
}

# Runs in namespaces of its own: what it mounts and starts ends with it.
# inside ROOT LIMIT COMMAND
inside () {
  local root=$1 limit=$2 name
  local settings=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
    DEBIAN_FRONTEND=noninteractive)
  for name in http_proxy https_proxy no_proxy; do
    [ -z "${!name:-}" ] || settings+=("$name=${!name}")
  done
  echo "== $suite: $3"
  timeout --foreground --kill-after=2 "$limit" unshare --mount --pid --fork --kill-child bash -ec '
    mount -t proc proc "$1/proc"
    mount -t tmpfs tmpfs "$1/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts"
    exec chroot "$1" env -i "${@:3}" bash -ec "cd /src; $2"' inside \
    "$root" "$3" "${settings[@]}" </dev/null
}

make_root () {
  local root=$1
  timeout 900 debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" \
    >"$work/debootstrap.log" 2>&1 || { tail -5 "$work/debootstrap.log"; skip "debootstrap failed"; }
  mkdir -p "$root/src" "$root/dev/shm"
  settings_of_apt >"$root/etc/apt/apt.conf.d/50host"
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/on-debian"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"  # starts no service
  chmod +x "$root/usr/sbin/policy-rc.d"
  local file
  for file in /etc/resolv.conf /etc/hosts; do
    [ ! -e "$file" ] || cp "$file" "$root$file"
  done
  git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
  done | tar -c --null -T - | tar -x -C "$root/src"
}

suite=${1:-}
case $suite in
  bookworm | trixie | sid) [ $# -eq 1 ] || suite= ;;
  *) suite= ;;
esac
[ -n "$suite" ] || { echo "usage: on-debian.sh bookworm|trixie|sid" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || skip "it needs root, to make a root of its own and mount in it"
for program in debootstrap unshare apt-get git; do
  command -v "$program" >/dev/null || skip "there is no $program"
done
unshare --mount --pid --fork true 2>/dev/null || skip "namespaces cannot be made here"
mirror=$(mirror_of_apt)
if [ -z "$mirror" ]; then
  apt-get update -q >/dev/null 2>&1 || true
  mirror=$(mirror_of_apt)
fi
[ -n "$mirror" ] || skip "apt has no source of Debian's packages"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/on-debian.XXXXXX")
clean () {
  if [ -n "${KEEP:-}" ]; then
    echo "kept: $work/root"
  else
    rm -rf --one-file-system "$work"
  fi
}
trap clean EXIT
trap 'exit 143' INT TERM
root=$work/root
make_root "$root"

options=-Dwerror=true
inside "$root" 600 "bash examples/demo.sh"
inside "$root" 300 "bash tests/install.sh"
if [ "$suite" != bookworm ]; then  # GStreamer 1.26 or newer
  inside "$root" 300 "apt-get install -q -y --no-install-recommends libgstreamer-plugins-bad1.0-dev >/dev/null"
  options="$options -Danalytics=enabled"
fi
inside "$root" 1800 "bash tests/run.sh $options"
echo "on-debian.sh: $suite: the demo, an install and all tests passed"
