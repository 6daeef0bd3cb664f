# `modulah run --engine`: each engine that can be had gives the guest its arguments, variables,
# directories and input, and gives the guest's status back. Those of Debian 13 are run out of its
# root directory (debian13-root.sh), with its own loader and libraries.
load helper

root_script=$e2e/debian13-root.sh
d13=${MODULAH_D13_ROOT:-$project/build/debian13}

setup_file() {
  local reason
  reason=$("$BATS_TEST_DIRNAME/debian13-root.sh" ensure) || echo "$reason" >"$BATS_FILE_TMPDIR/reason"
}

# build_probe: an image "probe" whose module tells what it sees.
build_probe() {
  need_clang
  mkdir -p app shared
  cat >probe.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
extern char** environ;
static int write_input(const char* path) {
  FILE* file = fopen(path, "w");
  if (!file) return 1;
  for (int c; (c = getchar()) != EOF;) fputc(c, file);
  return fclose(file);
}
static int print_file(const char* path) {
  char text[100] = "";
  FILE* file = fopen(path, "r");
  if (!file || !fgets(text, sizeof text, file)) return 1;
  printf("file <%s>\n", text);
  return 0;
}
int main(int count, char** args) {
  for (int i = 1; i < count; ++i) printf("argument <%s>\n", args[i]);
  for (char** variable = environ; *variable; ++variable) printf("variable <%s>\n", *variable);
  for (int i = 1; i < count; ++i) {
    if (!strncmp(args[i], "write=", 6) && write_input(args[i] + 6)) puts("cannot write");
    if (!strncmp(args[i], "read=", 5) && print_file(args[i] + 5)) puts("cannot read");
    if (!strcmp(args[i], "trap")) __builtin_trap();
    if (!strncmp(args[i], "status=", 7)) return atoi(args[i] + 7);
  }
  return 0;
}
END
  clang --target=wasm32-wasi -O1 -c probe.c -o probe.o
  clang --target=wasm32-wasi probe.o -o app/probe.wasm
  printf 'in the image' >app/file
  cat >app/Containerfile <<'END'
FROM scratch
COPY probe.wasm /bin/
COPY file /etc/file
ENV IMAGE="two words" EMPTY=
ENTRYPOINT ["/bin/probe.wasm"]
END
  modulah build -q -t probe app
}

# sees_all ENGINE: the guest sees what it was given.
sees_all() {
  run --separate-stderr modulah run --engine "$1" -e 'USER_GIVEN=x y' -v "$PWD/shared:/data" probe \
    'two words' --dashed -- write=/data/out read=/etc/file status=42 <<<"through"
  local line
  for line in 'argument <two words>' 'argument <--dashed>' 'argument <-->' \
    'variable <IMAGE=two words>' 'variable <EMPTY=>' 'variable <USER_GIVEN=x y>' \
    'file <in the image>'; do
    contains "$output" "$line"
  done
  [[ $output != *cannot* && $output != *PATH=* ]]
  equal "$(cat shared/out)" through
}

# status_of ENGINE WORD: the status of the probe. bats itself takes 127 for a missing command.
status_of() {
  local status=0
  modulah run --engine "$1" probe "$2" >/dev/null 2>&1 || status=$?
  echo "$status"
}

# passes_status ENGINE [STATUS...]: these, or all that have a meaning of their own; and that of a trap.
passes_status() {
  local engine=$1 wanted
  shift
  [ $# -gt 0 ] || set -- 0 1 42 125 126 127 128 134 200 255
  for wanted in "$@"; do
    equal "$(status_of "$engine" "status=$wanted")" "$wanted"
  done
  equal "$(status_of "$engine" trap)" "${trap_status:-134}"
}

# starts_in_directory ENGINE
starts_in_directory() {
  run --separate-stderr modulah run --engine "$1" -w /etc probe read=file
  contains "$output" 'file <in the image>'
  equal "$status" 0
}

# keeps_image ENGINE: what the guest writes to its own files is gone afterwards.
keeps_image() {
  modulah run --engine "$1" probe write=/etc/file <<<"changed" >output
  run --separate-stderr modulah run --engine "$1" probe read=/etc/file
  contains "$output" 'file <in the image>'
}

# whole_engine ENGINE [STATUS...]
whole_engine() {
  sees_all "$1"
  passes_status "$@"
  starts_in_directory "$1"
  keeps_image "$1"
}

# out_of_debian13 PROGRAM...: programs of this name that are those of the Debian 13 root.
out_of_debian13() {
  if [ -e "$BATS_FILE_TMPDIR/reason" ]; then skip "$(cat "$BATS_FILE_TMPDIR/reason")"; fi
  local name loader=("$d13"/usr/lib/*-linux-gnu*/ld-linux-*.so.*)
  mkdir -p bin
  for name in "$@"; do
    printf '#!/bin/sh\nexec %q --library-path %q %q "$@"\n' \
      "${loader[0]}" "$(dirname "${loader[0]}"):$d13/usr/lib" "$d13/usr/bin/$name" >"bin/$name"
    chmod +x "bin/$name"
  done
  PATH=$PWD/bin:$PATH
}

@test "embedded" {
  build_probe
  whole_engine embedded
}

@test "node" {
  need node
  node -e 'process.exit(require("node:wasi").WASI.prototype.getImportObject ? 0 : 1)' ||
    skip "node is older than 20"
  build_probe
  whole_engine node
}

@test "wasmtime" {
  need wasmtime
  build_probe
  # Its command line takes a status above 125 for a mistake.
  whole_engine wasmtime 0 1 42 125
}

@test "wasmer" {
  need wasmer
  build_probe
  whole_engine wasmer
}

@test "iwasm" {
  need iwasm
  build_probe
  sees_all iwasm
  trap_status=1 passes_status iwasm
}

@test "wasmedge" {
  command -v wasmedge >/dev/null || out_of_debian13 wasmedge
  build_probe
  whole_engine wasmedge
}

@test "crun shows all, keeps read-only what is, and says what it cannot do" {
  out_of_debian13 crun
  build_probe
  # crun wants the second kind of cgroups, wherever the machine has them.
  cat >bin/modulah-in-namespace <<END
#!/bin/sh
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec "$program" --root "$store" "\$@"
END
  chmod +x bin/modulah-in-namespace
  modulah() { unshare --mount --propagation private modulah-in-namespace "$@"; }
  sees_all crun
  contains "$stderr" "engine crun does not return the guest's exit status"
  run --separate-stderr modulah run --engine crun -v "$PWD/shared:/data:ro" probe write=/data/new
  contains "$output" 'cannot write'
  run --separate-stderr modulah run --engine crun probe write=/etc/file
  contains "$output" 'cannot write'
  run --separate-stderr modulah run --engine crun -w /etc probe read=etc/file
  contains "$output" 'file <in the image>'
  contains "$stderr" "engine crun starts the guest in /, not in /etc"
}

@test "an engine that cannot make a volume read-only is not used for a read-only one" {
  need node
  build_probe
  run --separate-stderr modulah run --engine node -v "$PWD/shared:/data:ro" probe
  equal "$status" 125
  contains "$stderr" "engine node cannot show /data read-only"
}
