#!/usr/bin/env bash
# A Debian 13 root directory with the peers that Debian 12 does not have: crun with a Wasm
# handler, podman 5, wasmedge.
#
#   debian13-root.sh ensure             makes it, or says why it cannot and ends with 77
#   debian13-root.sh exec COMMAND...    runs a command in it
#
# The directory is $MODULAH_D13_ROOT, by default build/debian13. It is made once (about a minute)
# and kept. A command runs in a mount namespace of its own, so that no mount is seen outside and
# none is left behind; the network is the machine's, so 127.0.0.1 is the same registry. The
# directory $MODULAH_D13_SHARE, when set, is /mnt in there.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${MODULAH_D13_ROOT:-$here/../../build/debian13}
packages=(crun podman catatonit wasmedge libwasmedge0 umoci skopeo buildah)

# Ends with 77, which callers read as "skip", and the reason on stdout.
cannot() {
  printf 'no Debian 13 root: %s\n' "$1"
  exit 77
}

# Runs "$@" in $root with the mounts that a container runtime needs.
in_root() {
  # shellcheck disable=SC2016  # Expanded by the inner shell.
  unshare --mount --propagation private bash -euc '
    root=$1 share=$2; shift 2
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/run"
    mount -t tmpfs tmpfs "$root/tmp"
    if [ -n "$share" ]; then mount --bind "$share" "$root/mnt"; fi
    if [ -n "${http_proxy:-}${https_proxy:-}" ]; then export no_proxy=127.0.0.1,localhost; fi
    # The caller has directories that are not in there.
    unset XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME TMPDIR
    export HOME=/root
    exec chroot "$root" "$@"
  ' - "$root" "${MODULAH_D13_SHARE:-}" "$@"
}

# Debian's configuration, made to fit a machine whose cgroups offer nothing to containers.
configure() {
  mkdir -p "$root/etc/containers"
  cat >"$root/etc/containers/containers.conf" <<'END'
[containers]
netns = "host"
pids_limit = 0
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
END
  cat >"$root/etc/containers/registries.conf" <<'END'
[[registry]]
prefix = "127.0.0.1"
location = "127.0.0.1"
insecure = true
END
}

# What apt-get needs.
configure_network() {
  printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
}

ensure() {
  [ "$(id -u)" = 0 ] || cannot "it takes root to make one"
  unshare --mount true 2>/dev/null || cannot "this machine allows no mount namespaces"
  if [ -e "$root/.complete" ]; then return; fi
  # Two callers must not fill it at once.
  mkdir -p "$(dirname "$root")"
  exec 9>"$root.lock"
  flock 9
  if [ -e "$root/.complete" ]; then return; fi
  command -v debootstrap >/dev/null || cannot "debootstrap is not installed"
  local log=$root.log
  mkdir -p "$root"
  if [ ! -x "$root/usr/bin/apt-get" ]; then
    debootstrap --variant=minbase trixie "$root" >"$log" 2>&1 ||
      cannot "debootstrap ended with an error, see $log"
  fi
  configure_network
  { in_root apt-get update &&
    in_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold \
      "${packages[@]}"; } >>"$log" 2>&1 ||
    cannot "its packages could not be installed, see $log"
  configure
  : >"$root/.complete"
}

case "${1:-}" in
  ensure) ensure ;;
  exec)
    shift
    in_root "$@"
    ;;
  *)
    printf 'usage: debian13-root.sh ensure | exec COMMAND...\n' >&2
    exit 2
    ;;
esac
