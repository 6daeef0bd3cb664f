# Damage to a store: what is found, what heals it, and that a full disk can always be freed.
load helper

need_root() { [ "$(id -u)" = 0 ] || skip "it takes root to mount a filesystem"; }

# context_of TEXT: the build context context with one file.
context_of() {
  mkdir -p context
  echo "$1" >context/file
  printf '# check=skip=all\nFROM scratch\nCOPY file /\nCMD ["/file"]\n' >context/Containerfile
}


manifest_of() { jq -r '.manifests[0].digest' "$store/index.json" | cut -d: -f2; }
layer_path() {
  echo "$store/blobs/sha256/$(jq -r '.layers[0].digest' "$store/blobs/sha256/$(manifest_of)" | cut -d: -f2)"
}

# damage FILE: other bytes, of the same number.
damage() { printf 'XXXXXXXX' | dd of="$1" bs=1 seek=4 conv=notrunc status=none; }

# rot FILE: the same, and nothing about the file tells.
rot() {
  touch -r "$1" stamp
  damage "$1"
  touch -r stamp "$1"
}

is_whole() {
  run modulah fsck -q
  echo "$output"
  equal "$status" 0
  rm -rf copy
  modulah push -q "$1" oci:copy:v1
}

@test "a build makes a layer again whose bytes were changed" {
  context_of text
  modulah build -q -t app context
  damage "$(layer_path)"
  run modulah fsck
  equal "$status" 1
  contains "$output" "the bytes are not what the name says; part of localhost/app:latest"
  modulah build -q -t app context
  is_whole app
}

@test "damage that only the bytes show is found by fsck and by reading, and heals" {
  context_of text
  modulah build -q -t app context
  rot "$(layer_path)"
  run modulah fsck
  equal "$status" 1
  run modulah push -q app oci:copy:v1
  equal "$status" 1
  contains "$output" "hint: Run 'modulah fsck --repair', then build or pull the image again."
  modulah build -q -t app context
  is_whole app
  rot "$(layer_path)"
  modulah build --no-cache -q -t app context
  is_whole app
  rot "$(layer_path)"
  run modulah fsck --repair
  equal "$status" 1
  contains "$output" "image localhost/app:latest: incomplete; build or pull it again"
  modulah build -q -t app context
  is_whole app
}

@test "each file of an image can be damaged or missing, and a build brings it back" {
  context_of text
  modulah build -q -t app context
  local blob
  for blob in "$store"/blobs/sha256/*; do
    damage "$blob"
    run modulah fsck -q --repair
    equal "$status" 1
    modulah build -q -t app context
    is_whole app
    rm "$blob"
    modulah build -q -t app context
    is_whole app
  done
}

@test "a pull brings back what is damaged, and so does fsck --repair from the registry" {
  context_of text
  start_registry
  modulah build -q -t "$registry/app:v1" context
  modulah push -q "$registry/app:v1"
  modulah rmi --all
  modulah pull -q "$registry/app:v1"
  local blob
  for blob in "$store"/blobs/sha256/*; do
    damage "$blob"
    modulah pull -q "$registry/app:v1"
    is_whole "$registry/app:v1"
    rot "$blob"
    run modulah system check --repair
    echo "$output"
    equal "$status" 0
    contains "$output" "image $registry/app:v1: fetched again"
    is_whole "$registry/app:v1"
  done
  damage "$blob"
  run modulah fsck --repair --json
  equal "$status" 0
}

@test "a damaged layout is not pushed to as if it were whole" {
  context_of text
  modulah build -q -t app context
  modulah push -q app oci:copy:v1
  local blob
  for blob in copy/blobs/sha256/*; do
    damage "$blob"
    modulah push -q app oci:copy:v2
    rm -rf other
    "$program" --root other pull -q oci:copy:v2
    "$program" --root other fsck
  done
}

@test "a disk filled to the last byte can be freed by every way of removing" {
  need_root
  unshare --mount true 2>/dev/null || skip "this machine allows no mount namespaces"
  context_of text
  mkdir disk
  cat >script <<'END'
set -eu
modulah() { "$program" --root disk/store "$@"; }
fill() {
  cat /dev/zero >disk/fill 2>/dev/null || true
  # Small files take what a block's rest and the table of files still have.
  for i in $(seq 400); do printf x >"disk/fill$i" 2>/dev/null || break; done
  ! printf x >disk/one 2>/dev/null || { echo "the disk is not full"; exit 1; }
}
for way in rmi untag all prune force-id; do
  for reserve in kept gone; do
    mount -t tmpfs -o size=1m,nr_inodes=400 tmpfs disk
    echo "$way, reserve $reserve"
    modulah build -q -t app context
    modulah tag app other
    echo more >>context/file
    modulah build -q -t second context
    modulah tag second app
    [ "$way" != prune ] || modulah rmi other
    [ "$reserve" = kept ] || rm disk/store/cache/reserve
    fill
    case $way in
      rmi) modulah rmi second && modulah rmi app && modulah rmi other ;;
      untag) modulah rmi app ; [ "$(modulah images -q | wc -l)" = 2 ] ;;
      all) modulah rmi --all ;;
      prune) modulah rmi --prune ;;
      force-id) modulah rmi -f "$(modulah inspect -f '{{.Id}}' second | cut -c8-)" ;;
    esac
    case $way in
      rmi | all) [ -z "$(modulah images -aq)" ] ;;
    esac
    modulah fsck -q
    umount disk
  done
done
END
  program=$program run --separate-stderr unshare --mount --propagation private bash script
  echo "$output" "$stderr"
  equal "$status" 0
}

@test "who waits for the store says for whom, and stops on a signal" {
  need python3
  context_of text
  modulah build -q -t app context
  cat >hold.py <<'END'
import fcntl, sys, time
lock = open(sys.argv[1], "r+")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
END
  coproc holder { exec python3 hold.py "$store/oci-layout"; }
  read -r line <&"${holder[0]}"
  equal "$line" held
  local pid=$holder_PID status=0
  timeout --signal=INT 3 "$program" --root "$store" pull -q oci:nowhere 2>pull.log || true
  timeout --signal=INT 3 "$program" --root "$store" build -q -t other context 2>err || status=$?
  equal "$status" 124
  contains "$(cat err)" "modulah: warning: waiting for python3 (process $pid), which is using $store"
  contains "$(cat err)" "modulah: interrupted"
  kill "$pid"
  wait "$pid" || true
  modulah tag app other
}

@test "a store is private, whatever the umask is" {
  context_of text
  (umask 000 && modulah build -q -t app context && modulah pull -q oci:nowhere 2>/dev/null) || true
  equal "$(find "$store" -perm /077)" ""
}
