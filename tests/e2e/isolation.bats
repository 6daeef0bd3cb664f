# What a guest can reach of the host: nothing but its image's files and its volumes, in every engine
# that can be had, whatever symlinks the image has, the volumes have, or the guest makes.
load helper

d13=${MODULAH_D13_ROOT:-$project/build/debian13}

setup_file() {
  local reason
  reason=$("$BATS_TEST_DIRNAME/debian13-root.sh" ensure) || echo "$reason" >"$BATS_FILE_TMPDIR/reason"
}

# build_escape: the image "escape", with links that lead out of it; a secret of the host, and a
# volume with links to that.
build_escape() {
  need_clang
  mkdir -p app/deep shared host
  clang --target=wasm32-wasi -O1 -c "$e2e/look/escape.c" -o escape.o
  clang --target=wasm32-wasi escape.o -o app/escape.wasm
  echo "the host's" >host/secret
  echo "the image's" >app/inside
  ln -s / app/root
  ln -s "$PWD/host" app/absolute
  ln -s "$PWD/host/secret" app/file
  ln -s ../../../../../../../../../../../../../../.. app/deep/up
  ln -s /inside app/deep/inside
  ln -s "$PWD/host" shared/directory
  ln -s "$PWD/host/secret" shared/file
  ln -s ../host shared/relative
  ln -s / shared/root
  cat >app/Containerfile <<'END'
FROM scratch
COPY . /
ENTRYPOINT ["/escape.wasm"]
END
  modulah build -q -t escape app
}

# stays_inside ENGINE
stays_inside() {
  local output here=$PWD
  output=$(modulah run --engine "$1" -v "$PWD/shared:/data" escape \
    read=/inside write=/data/own read=/data/own \
    "read=/root$here/host/secret" read=/absolute/secret read=/file "read=/deep/up$here/host/secret" \
    "read=$here/host/secret" "read=../../../../../../../../..$here/host/secret" \
    read=/data/directory/secret read=/data/file read=/data/relative/secret \
    "read=/data/root$here/host/secret" read=/data/../host/secret \
    write=/absolute/new write=/data/directory/new write=/data/relative/new write=/data/file \
    "write=/root$here/host/new" "write=/data/root$here/host/new" \
    list=/absolute list=/data/directory list=/data/relative "list=/root$here/host" \
    link=/:/data/made "read=/data/made$here/host/secret" "write=/data/made$here/host/new" \
    "link=$here/host:/data/near" read=/data/near/secret write=/data/near/new \
    "link=/:/mine" "read=/mine$here/host/secret" "write=/mine$here/host/new" \
    list=/data/made/etc read=/data/made/etc/passwd read=/data/root/etc/hostname 2>errors) ||
    { cat errors; return 1; }
  contains "$output" "read /inside = the image's"
  contains "$output" "read /data/own = escaped"
  # All else is refused, but for making links.
  grep -vxE "read /inside = the image's|write /data/own: yes|read /data/own = escaped|link /[a-z/]*: yes|.*: no" \
    <<<"$output" >reached || true
  equal "$(cat reached)" ""
  equal "$(cat host/secret)" "the host's"
  equal "$(ls host)" secret
}

@test "embedded" {
  build_escape
  stays_inside embedded
  # A link within the image still leads to its file, an absolute one, too.
  contains "$(modulah run escape read=/deep/inside read=/root/inside)" "read /deep/inside = the image's
read /root/inside = the image's"
}

@test "node" {
  need node
  node -e 'process.exit(require("node:wasi").WASI.prototype.getImportObject ? 0 : 1)' ||
    skip "node is older than 20"
  build_escape
  stays_inside node
  contains "$(modulah run --engine node escape read=/deep/inside)" "read /deep/inside = the image's"
}

@test "without Wasmtime, what is used instead keeps the guest in its directories" {
  need node
  build_escape
  mkdir -p bin
  cp "$program" bin/modulah
  modulah() { "$PWD/bin/modulah" --root "$store" "$@"; }
  run --separate-stderr modulah run escape read=/absolute/secret "read=/root$PWD/host/secret"
  contains "$stderr" "using "
  [[ $output != *"the host's"* ]]
}

@test "wasmtime" {
  need wasmtime
  build_escape
  stays_inside wasmtime
}

@test "wasmer" {
  need wasmer
  build_escape
  stays_inside wasmer
}

@test "iwasm" {
  need iwasm
  build_escape
  stays_inside iwasm
}

# out_of_debian13 PROGRAM: a program of this name that is that of the Debian 13 root.
out_of_debian13() {
  if [ -e "$BATS_FILE_TMPDIR/reason" ]; then skip "$(cat "$BATS_FILE_TMPDIR/reason")"; fi
  local loader=("$d13"/usr/lib/*-linux-gnu*/ld-linux-*.so.*)
  mkdir -p bin
  printf '#!/bin/sh\nexec %q --library-path %q %q "$@"\n' \
    "${loader[0]}" "$(dirname "${loader[0]}"):$d13/usr/lib" "$d13/usr/bin/$1" >"bin/$1"
  chmod +x "bin/$1"
  PATH=$PWD/bin:$PATH
}

@test "wasmedge" {
  command -v wasmedge >/dev/null || out_of_debian13 wasmedge
  build_escape
  stays_inside wasmedge
}

@test "crun" {
  out_of_debian13 crun
  build_escape
  cat >bin/modulah-in-namespace <<END
#!/bin/sh
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec "$program" --root "$store" "\$@"
END
  chmod +x bin/modulah-in-namespace
  modulah() { unshare --mount --propagation private modulah-in-namespace "$@"; }
  stays_inside crun
}
