# A store that cannot be read or written, and a disk that is full: a clear error with status 1, and
# nothing half-written.
load helper

need_root() { [ "$(id -u)" = 0 ] || skip "it takes root to be another user"; }

# as_nobody COMMAND...: with this store, as somebody to whom it does not belong.
as_nobody() {
  setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent "$public_program" \
    --root "$store" "$@"
}

# build_file NAME: an image of one small file.
build_file() {
  mkdir -p context
  echo text >context/file
  printf 'FROM scratch\nCOPY file /\n' >context/Containerfile
  modulah build -q -t "$1" context >/dev/null
}

# refuses TEXT COMMAND...: it ends with 1 and says TEXT, and the store stays as it is.
refuses() {
  local wanted=$1 before
  shift
  before=$(store_listing)
  run --separate-stderr "$@"
  equal "$status" 1
  contains "$stderr" "$wanted"
  equal "$(store_listing)" "$before"
}

# All of the world can look into this test's directory, and run the program.
open_directories() {
  [ -n "${public_program:-}" ] || public_program
  local folder=$BATS_TEST_TMPDIR
  while [ "$folder" != / ]; do
    chmod a+x "$folder" 2>/dev/null || true
    folder=$(dirname "$folder")
  done
  chmod -R a+rX "$BATS_TEST_TMPDIR"
}

# The C sample as the image app, and a program, for everybody.
build_app_for_all() {
  context app
  modulah build -q -t app app
  open_directories
}

# All files of the store, with their times: to tell whether anything was written.
all_of_store() { find "$store" -printf '%p %s %T@ %U\n' | sort; }

@test "somebody else's store is read, and not written" {
  need_root
  build_file app
  open_directories
  run --separate-stderr as_nobody images -n
  equal "$status" 0
  contains "$output" localhost/app
  local denied="permission denied"
  refuses "$denied" as_nobody build -t other context
  contains "$stderr" "hint: Images are kept in $store; --root names another place."
  refuses "$denied" as_nobody tag app other
  refuses "$denied" as_nobody rmi app
  refuses "$denied" as_nobody rmi --all
  refuses "$denied" as_nobody pull oci:nowhere
}

@test "somebody else's store is run, looked at and pushed from, and not written" {
  need_root
  build_app_for_all
  local before wanted=$'Hello, you!'
  before=$(all_of_store)
  mkdir -m 777 user layout
  as_user() {
    setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$PWD/user" "$public_program" \
      --root "$store" "$@"
  }
  run --separate-stderr as_user run app you
  equal "$status" 0
  contains "$output" "$wanted"
  contains "$output" "This line comes from a file of the image."
  # The second time the code is there.
  equal "$(find user/.cache/modulah/run/code -type f | wc -l)" 1
  run --separate-stderr as_user --log-level debug run app you
  contains "$output" "$wanted"
  contains "$stderr" "files and code are kept in $PWD/user/.cache/modulah/run"
  as_user images >/dev/null
  as_user inspect app >/dev/null
  as_user validate app
  as_user push app "oci:$PWD/layout/copy:v1"
  equal "$(as_user inspect -f '{{.Digest}}' app)" \
    "$(jq -r '.manifests[0].digest' layout/copy/index.json)"
  equal "$(all_of_store)" "$before"
}

@test "without any place that can be kept, a run makes one and removes it" {
  need_root
  build_app_for_all
  mkdir -m 777 temporary
  run --separate-stderr env TMPDIR="$PWD/temporary" setpriv --reuid 65534 --regid 65534 \
    --clear-groups env HOME=/nonexistent "$public_program" --root "$store" run app you 3
  equal "$status" 3
  contains "$output" "Hello, you!"
  equal "$(find temporary -mindepth 2)" ""
  run --separate-stderr env TMPDIR=/nonexistent setpriv --reuid 65534 --regid 65534 \
    --clear-groups env HOME=/nonexistent "$public_program" --root "$store" run app
  equal "$status" 125
  contains "$stderr" "modulah: error: make directory $store/cache/run: permission denied"
  contains "$stderr" "hint: A run needs a place for files; none of these can be used: \
$store/cache/run, /nonexistent/.cache/modulah/run, /nonexistent."
}

@test "a store on a filesystem that is read-only is run, looked at and pushed from" {
  need_root
  unshare --mount true 2>/dev/null || skip "this machine allows no mount namespaces"
  context app
  modulah build -q -t app app
  modulah run app >/dev/null
  cat >script <<'END'
set -eu
mount --bind "$store" "$store"
mount -o remount,ro,bind "$store"
modulah() { "$program" --root "$store" "$@"; }
! touch "$store/file" 2>/dev/null || { echo "it can be written"; exit 1; }
modulah run app you
modulah images -n
modulah validate app
modulah push app "oci:copy:v1"
modulah inspect -f '{{.Digest}}' oci:copy:v1
! modulah build -q app
END
  store=$store program=$program run --separate-stderr \
    unshare --mount --propagation private bash script
  echo "$output" "$stderr"
  equal "$status" 0
  contains "$output" "Hello, you!"
  contains "$output" "localhost/app"
  contains "$output" "$(modulah inspect -f '{{.Digest}}' app)"
  contains "$stderr" "read-only file system"
}

@test "a store that cannot be read is an error, and not an empty one" {
  need_root
  build_file app
  open_directories
  chmod 700 "$store"
  local command
  for command in "images" "inspect app" "tag app b" "rmi app" "validate app" "build -t b context"; do
    # shellcheck disable=SC2086  # Words.
    refuses "open $store/oci-layout: permission denied" as_nobody $command
  done
  run as_nobody run app
  equal "$status" 125
  chmod 755 "$store"
  chmod 600 "$store/index.json"
  refuses "open $store/index.json: permission denied" as_nobody images
}

@test "a file is no store" {
  mkdir context
  printf 'FROM scratch\n' >context/Containerfile
  echo text >"$store"
  refuses "open $store: not a directory" modulah images
  refuses "open $store: not a directory" modulah build context
  equal "$(cat "$store")" text
}

@test "a full disk ends a build with nothing half-written, and rmi makes room" {
  need_root
  unshare --mount true 2>/dev/null || skip "this machine allows no mount namespaces"
  mkdir -p context disk
  head -c 3000000 /dev/urandom >context/noise
  printf 'FROM scratch\nCOPY noise /\n' >context/large
  echo text >context/file
  printf 'FROM scratch\nCOPY file /\n' >context/small
  cat >script <<'END'
set -eu
mount -t tmpfs -o size=1m tmpfs disk
modulah() { "$program" --root disk/store "$@"; }
files() { find disk/store/blobs disk/store/cache/tmp -type f | sort; cat disk/store/index.json; }
modulah build -q -t app -f context/small context
before=$(files)
echo "1: $(modulah build -q -t app -f context/large context 2>&1 | tr '\n' ' ')" || true
[ "$(files)" = "$before" ] || { echo "the build left something"; exit 1; }
head -c 10M /dev/zero >disk/fill 2>/dev/null || true
modulah build -q -t app --label a=b -f context/small context && exit 1
[ "$(modulah inspect -f '{{.Labels}}' app)" = "map[]" ] || { echo "the name was moved"; exit 1; }
modulah tag app other
modulah rmi --all
[ -z "$(modulah images -q)" ] || { echo "the image is still there"; exit 1; }
END
  program=$program run --separate-stderr unshare --mount --propagation private bash script
  echo "$output" "$stderr"
  equal "$status" 0
  contains "$output" "context/large:2: write $PWD/disk/store/cache/tmp/.tmp-"
  contains "$output" "no space left on device"
  contains "$stderr" "no space left on device"
}

@test "a limit on the size of files ends a build with 1, and nothing half-written" {
  need_root
  mkdir -p context
  head -c 3000000 /dev/urandom >context/noise
  printf 'FROM scratch\nCOPY noise /\n' >context/Containerfile
  open_directories
  mkdir -m 777 theirs
  store=$PWD/theirs/store
  limited() {
    setpriv --reuid 65533 --regid 65533 --clear-groups env HOME=/nonexistent bash -c \
      'ulimit -f 100; exec "$@"' - "$public_program" --root "$store" build context
  }
  run --separate-stderr limited
  equal "$status" 1
  contains "$stderr" "file too large"
  equal "$(find "$store/blobs" "$store/cache/tmp" -type f)" ""
}

@test "where the system refuses threads, a build does without, and a run says so" {
  need_root
  context app
  open_directories
  mkdir -m 777 theirs
  store=$PWD/theirs/store
  # with_threads COUNT WORD...: as a user that nobody else is. A build with sanitizers looks for leaks
  # with a thread of its own, and not here.
  with_threads() {
    setpriv --reuid 65532 --regid 65532 --clear-groups \
      env HOME=/nonexistent ASAN_OPTIONS=detect_leaks=0 bash -c \
      'ulimit -c 0; ulimit -u "$1"; shift; exec "$@"' - "$(($1 + 1))" "$public_program" \
      --root "$store" "${@:2}"
  }
  local digest
  digest=$("$public_program" --root other build -q app)
  run --separate-stderr with_threads 0 build -q -t app app
  echo "$stderr"
  equal "$status" 0
  equal "$output" "$digest"
  with_threads 0 validate app
  with_threads 0 validate app/target/hello.wasm
  run --separate-stderr with_threads 0 run app
  equal "$status" 125
  contains "$stderr" "modulah: error: start the compile worker: "
  run --separate-stderr with_threads 8 run app you 3
  equal "$status" 3
  contains "$output" "Hello, you!"
}
