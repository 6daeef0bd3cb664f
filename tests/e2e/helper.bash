# What the end-to-end tests share: the program, a world of its own for each test, modules compiled
# from the samples, and servers on 127.0.0.1 that stop by themselves.
#
# ctest sets MODULAH to the program and MODULAH_E2E_CACHE to a directory where compiled samples are
# kept between tests. By hand: MODULAH=build/release/bin/modulah bats tests/e2e/build.bats
bats_require_minimum_version 1.5.0

e2e=$BATS_TEST_DIRNAME
project=$(cd "$e2e/../.." && pwd)
program=$(realpath "${MODULAH:-$project/build/test/bin/modulah}")
cache=${MODULAH_E2E_CACHE:-$project/build/e2e}

# The user's own configuration is not visible, and there is no proxy for 127.0.0.1.
make_world() {
  # Compilers that were installed by rustup are in the user's home.
  export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
  export HOME=$1/home XDG_RUNTIME_DIR=$1/run
  mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
  unset XDG_CONFIG_HOME XDG_DATA_HOME REGISTRY_AUTH_FILE DOCKER_CONFIG SOURCE_DATE_EPOCH
  unset SSL_CERT_FILE SSL_CERT_DIR
  export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost
  # skopeo and buildah require one, and Debian installs it only with recommended packages.
  mkdir -p "$HOME/.config/containers"
  echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$HOME/.config/containers/policy.json"
}

setup() {
  make_world "$BATS_TEST_TMPDIR"
  store=$BATS_TEST_TMPDIR/store
  cd "$BATS_TEST_TMPDIR" || return 1
}

# The program, with a store of this test.
modulah() { "$program" --root "$store" "$@"; }

# fails TEXT COMMAND...: the command ends with 1 and says TEXT.
fails() {
  local text=$1
  shift
  run "$@"
  equal "$status" 1
  contains "$output" "$text"
}

# need PROGRAM...: skips the test when one is not installed.
need() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null || skip "$name is not installed"
  done
}

# buildah on directories of this test, without containers.
buildah_() {
  buildah --root "$BATS_TEST_TMPDIR/containers" --runroot "$BATS_TEST_TMPDIR/run/containers" \
    --storage-driver vfs "$@"
}

need_buildah() {
  need buildah
  buildah_ images >/dev/null 2>reason || skip "buildah does not work here: $(tail -n 1 reason)"
}

# sample NAME DIRECTORY: copies a sample with its compiled module to DIRECTORY, which becomes a
# build context. The module is compiled once; where it cannot be, the test is skipped.
sample() {
  local made=$cache/samples/$1 reason status=0
  mkdir -p "$cache/samples"
  (
    flock 9
    if [ ! -e "$made/target/hello.wasm" ]; then
      mkdir -p "$made"
      cp -R "$project/samples/$1/." "$made"
      rm -rf "$made/target"
      "$made/build.sh" >"$made/log" 2>&1
    fi
  ) 9>"$made.lock" || status=$?
  if [ "$status" -ne 0 ]; then
    reason=$(tail -n 1 "$made/log")
    rm -rf "$made/target"
    [ "$status" -ne 77 ] || skip "$reason"
    echo "$1 cannot be compiled: $reason" >&2
    return 1
  fi
  cp -R "$made/." "$2"
}

need_clang() { need clang wasm-ld; }

# public_program: a copy of the program, and of Wasmtime's library, that everybody may run, in
# $public_program; the project may be in a home that only its owner can look into. Removed after
# the test.
public_program() {
  local prefix library
  prefix=$(mktemp -d /tmp/modulah-e2e.XXXXXX)
  public_program=$prefix/bin/modulah
  library=$(dirname "$program")/../lib/modulah/libwasmtime.so
  mkdir -p "$prefix/bin" "$prefix/lib/modulah"
  cp "$program" "$public_program"
  if [ -e "$library" ]; then cp "$library" "$prefix/lib/modulah"; fi
  chmod -R a+rX "$prefix"
}
remove_public_program() {
  if [ -n "${public_program:-}" ]; then rm -rf "$(dirname "$(dirname "$public_program")")"; fi
}

# context DIRECTORY: the C sample as a build context.
context() {
  need_clang
  sample hello-c "$1"
}

# equal FOUND WANTED
equal() {
  [ "$1" = "$2" ] && return
  printf 'found:  %s\nwanted: %s\n' "$1" "$2" >&2
  return 1
}

# contains TEXT PART
contains() {
  case $1 in *"$2"*) return 0 ;; esac
  printf 'text:\n%s\nhas not: %s\n' "$1" "$2" >&2
  return 1
}

# What is stored: blobs with their sizes, and the images and names of the index. To tell whether
# anything was written.
store_listing() {
  [ -e "$store" ] || return 0
  find "$store/blobs" -type f -printf '%f %s\n' 2>/dev/null | sort
  [ ! -e "$store/index.json" ] || jq -c '.manifests[]?' "$store/index.json"
}

# layout_manifest DIRECTORY: the manifest of the first image in an OCI layout.
layout_manifest() {
  local digest
  digest=$(jq -r '.manifests[0].digest' "$1/index.json")
  cat "$1/blobs/sha256/${digest#sha256:}"
}

# layout_config DIRECTORY: its configuration.
layout_config() {
  local digest
  digest=$(layout_manifest "$1" | jq -r .config.digest)
  cat "$1/blobs/sha256/${digest#sha256:}"
}

# layout_files DIRECTORY: the names, kinds, modes, owners and links of all files in its layers, one
# on a line, then the checksums of their contents.
layout_files() {
  python3 "$e2e/list_layers.py" "$1"
}

# ---- registries ------------------------------------------------------------

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for COMMAND...: until it succeeds, at most ten seconds.
wait_for() {
  local tries
  for tries in $(seq 100); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "never came true: $*" >&2
  return 1
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# start_registry [CONFIGURATION]: starts docker-registry in the background, with more lines for its
# configuration file; sets `registry` to its 127.0.0.1:PORT. It ends with the test, or after ten
# minutes.
start_registry() {
  need docker-registry
  local port folder
  port=$(free_port)
  folder=$(mktemp -d "$BATS_TEST_TMPDIR/registry.XXXXXX")
  registry=127.0.0.1:$port
  cat >"$folder/config.yml" <<END
version: 0.1
log: {accesslog: {disabled: true}, level: error}
storage: {filesystem: {rootdirectory: $folder/data}, delete: {enabled: true}}
http:
  addr: $registry
${1:-}
END
  timeout 600 docker-registry serve "$folder/config.yml" >"$folder/log" 2>&1 3>&- &
  servers+=("$!")
  wait_for port_answers "$port" || { cat "$folder/log" >&2; return 1; }
}

# start_wrong_registry: sets `registry`; what it is asked for is written into the file log.
start_wrong_registry() {
  need python3
  local port
  port=$(free_port)
  registry=127.0.0.1:$port
  timeout 300 python3 "$e2e/wrong_registry.py" "$port" log 3>&- &
  servers+=("$!")
  wait_for port_answers "$port"
}

# Stops the servers that this test has started, and waits until they are gone.
stop_servers() {
  for pid in "${servers[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  servers=()
}

servers=()
teardown() {
  remove_public_program
  local pid
  for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done
}

# make_certificate DIRECTORY: a key and a certificate for 127.0.0.1 that signs itself.
make_certificate() {
  need openssl
  mkdir -p "$1"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$1/key.pem" -out "$1/cert.pem" 2>/dev/null
}

# manifest_digest REPOSITORY REFERENCE: what the registry says, in plain HTTP.
manifest_digest() {
  curl -fsSI -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
    "http://$registry/v2/$1/manifests/$2" | tr -d '\r' |
    sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p'
}
