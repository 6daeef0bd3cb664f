# What takes too much is ended: compiling, unpacking, the guest; and a run that was stopped leaves
# nothing. The modules and images are made by tests/bombs/bomb.py. The only times that are asserted are
# that a test ends at all: each command is under timeout(1), which would end it with 137.
load helper

bomb() { python3 "$project/tests/bombs/bomb.py" "$@"; }

# bounded COMMAND...: `modulah COMMAND` with a ceiling far above what it may take.
bounded() { timeout -s KILL 120 "$program" --root "$store" "$@"; }

# bomb_image MIB: an archive whose layer is N MiB of zeros, made once.
bomb_image() {
  mkdir -p "$cache/bombs"
  (
    flock 9
    if [ ! "$cache/bombs/$1.tar" -nt "$project/tests/bombs/bomb.py" ]; then
      bomb image "$1" >"$cache/bombs/$1.tmp"
      mv "$cache/bombs/$1.tmp" "$cache/bombs/$1.tar"
    fi
  ) 9>"$cache/bombs/$1.lock"
  echo "oci-archive:$cache/bombs/$1.tar"
}

# kept: the files of the run's cache that are not the empty "/" of modules.
kept() { find "$store/cache/run/$1" -mindepth 1 -maxdepth 1 2>/dev/null; }

small_module() {
  printf '\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\5\3\1\0\1\7\x13\2\6_start\0\0\6memory\2\0\x0a\4\1\2\0\x0b' >"$1"
}

@test "a module that takes too long to compile is given up" {
  bomb phis 2000 >bomb.wasm
  run --separate-stderr bounded run --compile-timeout 300ms ./bomb.wasm
  equal "$status" 126
  equal "$stderr" "modulah: error: ./bomb.wasm: takes longer than 0.3 s to compile
hint: Allow more time with --compile-timeout TIME."
}

@test "a module that takes too much memory to compile is given up" {
  ! grep -q asan "$program" || skip "a worker with sanitizers has no limit on memory"
  bomb phis 2000 >bomb.wasm
  run --separate-stderr bounded run --compile-memory 256m ./bomb.wasm
  equal "$status" 126
  equal "$stderr" "modulah: error: ./bomb.wasm: takes more than 256 MiB of memory to compile
hint: Allow more memory with --compile-memory SIZE."
}

@test "a timeout ends compiling, too" {
  bomb phis 2000 >bomb.wasm
  run --separate-stderr bounded run --timeout 1s ./bomb.wasm
  equal "$status" 124
  equal "$stderr" "modulah: error: ./bomb.wasm: timed out after 1 s while it was compiled"
}

@test "what is honest compiles within the limits, once" {
  bomb functions 2000 >honest.wasm
  bounded run ./honest.wasm
  equal "$(kept code | wc -l)" 1
  # The second run needs no worker: it would not find its program.
  mkdir bin
  cp "$program" bin/modulah
  mkdir -p lib/modulah
  ln -s "$(dirname "$program")/../lib/modulah/libwasmtime.so" lib/modulah/libwasmtime.so
  bin/modulah --root "$store" run --compile-timeout 1ms ./honest.wasm
}

@test "an image that unpacks to too much is given up, and nothing of it is left" {
  local image
  image=$(bomb_image 300)
  run --separate-stderr bounded run --unpack-size 64m "$image"
  equal "$status" 125
  contains "$stderr" "hint: If the image is to be trusted, allow more with --unpack-size SIZE."
  equal "$(kept roots)" ""
  bounded run --unpack-size 1g "$image"
}

@test "a timeout ends unpacking, and nothing of it is left" {
  local image
  image=$(bomb_image 300)
  run --separate-stderr bounded run --timeout 50ms "$image"
  equal "$status" 124
  contains "$stderr" "timed out after 50 ms"
  equal "$(kept roots)" ""
}

@test "a run that is interrupted while it unpacks leaves nothing" {
  local image
  image=$(bomb_image 300)
  # Stopped as soon as there is something to leave.
  "$program" --root "$store" run "$image" 2>errors 3>&- &
  local pid=$! tries
  for tries in $(seq 1000); do
    if [ -n "$(kept roots)" ]; then break; fi
    sleep 0.01
  done
  kill -TERM "$pid"
  local ended=0
  wait "$pid" || ended=$?
  equal "$ended" 143
  contains "$(cat errors)" "modulah: interrupted"
  equal "$(kept roots)" ""
}

@test "what a killed run leaves is removed by the next one" {
  local image pid tries
  image=$(bomb_image 300)
  small_module app.wasm
  "$program" --root "$store" run "$image" 2>errors 3>&- &
  pid=$!
  for tries in $(seq 1000); do
    if [ -n "$(kept roots)" ]; then break; fi
    sleep 0.01
  done
  kill -KILL "$pid"
  wait "$pid" || true
  [ -n "$(kept roots)" ]
  bounded run ./app.wasm
  equal "$(kept roots)" ""
}

@test "what a run is using is not removed" {
  local image
  image=$(bomb_image 300)
  small_module app.wasm
  "$program" --root "$store" run "$image" 3>&- &
  local pid=$! tries
  for tries in $(seq 1000); do
    if [ -n "$(kept roots)" ]; then break; fi
    sleep 0.01
  done
  bounded run ./app.wasm
  bounded rmi --prune >/dev/null
  wait "$pid"
}

@test "a guest that waits for input ends when its time is over" {
  need_clang
  echo 'int getchar(void); int main(void) { return getchar(); }' >wait.c
  clang --target=wasm32-wasi -c wait.c -o wait.o
  clang --target=wasm32-wasi wait.o -o wait.wasm
  mkfifo never
  exec 8<>never
  run --separate-stderr bounded run --timeout 200ms ./wait.wasm <&8
  equal "$status" 124
  equal "$stderr" "modulah: error: ./wait.wasm: timed out after 200 ms"
  exec 8>&-
}
