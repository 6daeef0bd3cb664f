# Bad input ends with status 1 (2 for a wrong command line), a message with the place, nothing
# half-written in the store and no name moved.
load helper

# refuses STATUS TEXT COMMAND...: the command ends so, says so on stderr, prints nothing on stdout,
# and leaves the store as it was.
refuses() {
  local wanted_status=$1 text=$2 before
  shift 2
  before=$(store_listing)
  run --separate-stderr "$@"
  # shellcheck disable=SC2154  # Set by run.
  if [ "$status" -ne "$wanted_status" ]; then
    printf 'status %s, not %s: %s\n%s\n' "$status" "$wanted_status" "$*" "$stderr" >&2
    return 1
  fi
  equal "$output" ""
  contains "$stderr" "$text"
  equal "$(store_listing)" "$before"
  equal "$(find "$store" -name '*.tmp*' -o -name '.tmp*' 2>/dev/null)" ""
}

# good_image: an image "app", whose name must not move.
good_image() {
  context app
  modulah build -q -t app app >/dev/null
  good=$(modulah images --json | jq -r '.[0].Digest')
}

is_unmoved() { equal "$(modulah images --json | jq -r '.[0].Digest')" "$good"; }

@test "modules cut off at many places end the build, with file and offset" {
  good_image
  size=$(stat -c %s app/target/hello.wasm)
  cp app/target/hello.wasm whole.wasm
  for cut in 1 4 7 9 20 100 $((size / 4)) $((size / 2)) $((size - 1)); do
    head -c "$cut" whole.wasm >app/target/hello.wasm
    run --separate-stderr modulah build -q -t app app
    case $status in
      # A file that does not begin as a module does has no byte where it is wrong.
      1)
        contains "$stderr" hello.wasm
        [ "$cut" -lt 4 ] || contains "$stderr" byte
        ;;
      *) echo "cut at $cut: status $status: $stderr" >&2; return 1 ;;
    esac
    is_unmoved
  done
}

@test "a module with a bad byte in its code is refused before anything is stored" {
  good_image
  # The first byte of the code section's size becomes one that makes the section longer than the file.
  python3 - app/target/hello.wasm <<'END'
import sys
path = sys.argv[1]
data = bytearray(open(path, "rb").read())
at = 8
while at < len(data):
    kind, start, size, shift = data[at], at + 1, 0, 0
    at += 1
    while True:
        byte = data[at]
        at += 1
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    if kind == 10:
        data[at + size // 2:at + size // 2 + 4] = b"\xff\xff\xff\xff"
        break
    at += size
open(path, "wb").write(data)
END
  run --separate-stderr modulah build -q -t app app
  equal "$status" 1
  contains "$stderr" hello.wasm
  is_unmoved
}

@test "with --optimize, a bad module is an error and not a crash" {
  good_image
  head -c 3000 app/target/hello.wasm >cut && mv cut app/target/hello.wasm
  run --separate-stderr modulah build -q --optimize -t app app
  equal "$status" 1
  contains "$stderr" hello.wasm
  is_unmoved
}

@test "wrong Containerfiles are refused with file and line" {
  mkdir app
  check() {
    printf "$1" >app/Containerfile
    refuses 1 "$2" modulah build -q -t app app
  }
  check 'FROM scratch\n\nCOPPY a b\n' Containerfile:3
  check 'FROM scratch\nCOPY a\n' Containerfile:2
  check 'FROM scratch\nCOPY nothing /\n' Containerfile:2
  check 'FROM scratch\nENV ${X\n' Containerfile:2
  check 'FROM scratch\nCOPY <<EOF /x\nno end\n' Containerfile:2
  check 'FROM scratch\nRUN echo hi\n' Containerfile:2
  check 'FROM debian\nCMD ["x"]\n' Containerfile:1
  check 'COPY a b\n' Containerfile:1
  check '' Containerfile
  check '\x00\x01\x02\xff\xfe' Containerfile:1
}

@test "a Containerfile that is cut off anywhere gives an image or an error, never a crash" {
  mkdir -p app/target
  cp "$project/samples/hello-c/Containerfile" whole
  cp "$project/samples/hello-c/greeting.txt" app
  echo text >app/target/hello.wasm
  size=$(stat -c %s whole)
  for cut in $(seq 0 7 "$size"); do
    head -c "$cut" whole >app/Containerfile
    run modulah build -q -t app app
    [ "$status" -le 1 ] || { echo "cut at $cut: status $status: $output" >&2; return 1; }
  done
}

@test "a wrong command line is 2" {
  refuses 2 unknown modulah build --no-such-option .
  refuses 2 unknown modulah no-such-command
  refuses 2 '' modulah tag only-one
  refuses 2 '' modulah push
}

@test "a context and a Containerfile that are not there are named" {
  refuses 1 nowhere modulah build -q -t app nowhere
  mkdir empty
  refuses 1 Containerfile modulah build -q -t app empty
  refuses 1 other modulah build -q -f other -t app empty
}

@test "paths never lead out of the context" {
  mkdir -p app outside
  echo secret >outside/secret
  ln -s ../outside app/link
  ln -s "$PWD/outside/secret" app/absolute
  ln -s ../outside/secret app/relative
  for source in ../outside/secret ../../outside/secret link/secret absolute relative "$PWD/outside/secret"; do
    printf 'FROM scratch\nCOPY %s /copied\n' "$source" >app/Containerfile
    run modulah build -q -t oci:layout:v1 app
    if [ "$status" -eq 0 ]; then
      # Then a link was copied as a link, or nothing was.
      [[ $(layout_files layout) != *" 7 $(sha256sum <outside/secret | cut -d' ' -f1)"* ]]
    else
      equal "$status" 1
      contains "$output" Containerfile:2
    fi
    rm -rf layout
  done
}

@test "an archive for ADD never leads out of its target" {
  mkdir app
  python3 - app/bad.tar <<'END'
import io, sys, tarfile
tar = tarfile.open(sys.argv[1], "w")
def add(name, content=b"x", **more):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in more.items():
        setattr(info, key, value)
    tar.addfile(info, io.BytesIO(content))
add("../../escaped")
add("/absolute")
add("inside")
END
  printf 'FROM scratch\nADD bad.tar /in/\n' >app/Containerfile
  run modulah build -q -t oci:layout:v1 app
  if [ "$status" -eq 0 ]; then
    files=$(layout_files layout)
    [[ $files != *" /escaped"* && $files != *" /absolute"* && $files != *..* ]]
  else
    equal "$status" 1
    contains "$output" bad.tar
  fi
}

@test "a cut-off archive for ADD is refused" {
  mkdir app tree
  head -c 100000 /dev/urandom >tree/file
  tar -czf whole.tar.gz tree
  printf 'FROM scratch\nADD cut.tar.gz /in/\n' >app/Containerfile
  for cut in 70000 90000 100000; do
    head -c $cut whole.tar.gz >app/cut.tar.gz
    refuses 1 cut.tar.gz modulah build -q -t app app
  done
}

@test "image archives that are cut off or changed are refused" {
  good_image
  modulah push -q app oci-archive:app.tar:v1
  size=$(stat -c %s app.tar)
  store=$BATS_TEST_TMPDIR/other
  for cut in 0 100 600 $((size / 2)) $((size - 3000)); do
    head -c "$cut" app.tar >cut.tar
    run --separate-stderr modulah pull -q oci-archive:cut.tar:v1
    equal "$status" 1
    contains "$stderr" cut.tar
    equal "$(modulah images --json | jq length)" 0
  done
  mkdir changed
  tar -C changed -xf app.tar
  blob=$(find changed/blobs -type f -size +50k)
  printf X | dd of="$blob" bs=1 seek=2000 conv=notrunc 2>/dev/null
  run --separate-stderr modulah pull -q oci:changed:v1
  equal "$status" 1
  contains "$stderr" "$(basename "$blob" | head -c 12)"
  equal "$(modulah images --json | jq length)" 0
}

@test "wrong manifests, indexes and configurations in a layout are refused" {
  good_image
  store=$BATS_TEST_TMPDIR/other
  spoil() {
    rm -rf spoilt
    "$program" --root "$BATS_TEST_TMPDIR/store" push -q app oci:spoilt:v1
    python3 "$e2e/spoil_layout.py" spoilt "$@"
    run --separate-stderr modulah pull -q oci:spoilt:v1
    if [ "$status" -ne 1 ]; then
      echo "$*: status $status: $output $stderr" >&2
      return 1
    fi
    [ -n "$stderr" ]
    equal "$(modulah images --json | jq length)" 0
  }
  for document in index manifest config; do
    spoil $document cut
    spoil $document empty
    spoil $document list
    spoil $document deep
  done
  spoil manifest size
  spoil manifest digest
}

@test "validate tells good from bad" {
  context app
  modulah build -q -t app app
  modulah validate app/target/hello.wasm
  modulah validate app/Containerfile
  modulah validate app
  head -c 5000 app/target/hello.wasm >cut.wasm
  run modulah validate cut.wasm
  equal "$status" 1
  contains "$output" cut.wasm
  printf 'FROM scratch\nCOPPY a b\n' >Containerfile.bad
  run modulah validate Containerfile.bad
  equal "$status" 1
  contains "$output" Containerfile.bad:2
}

@test "an interrupted build leaves nothing behind" {
  mkdir app
  head -c 200000000 /dev/urandom >app/big
  printf 'FROM scratch\nCOPY big /\n' >app/Containerfile
  for wait in 0.05 0.3; do
    run timeout -s INT $wait "$program" --root "$store" build -q -t app app
    if [ "$status" -eq 0 ]; then continue; fi
    equal "$(modulah images --json | jq length)" 0
    equal "$(find "$store/blobs" -type f 2>/dev/null | head)" ""
  done
}
