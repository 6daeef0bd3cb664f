#!/bin/sh
# Compiles hello.rs to target/hello.wasm with a rustc that has a WASI target: Debian's, with the
# package libstd-rust-dev-wasm32, or rustup's. Ends with 77 and says so when there is none.
set -eu
cd "$(dirname "$0")"

# Prints the first of the compilers and targets that can be used, as "COMPILER TARGET".
find_compiler() {
  for compiler in ${RUSTC:-rustc /usr/bin/rustc}; do
    command -v "$compiler" >/dev/null || continue
    for target in wasm32-wasip1 wasm32-wasi; do
      library=$("$compiler" --print target-libdir --target "$target" 2>/dev/null) || continue
      if ls "$library"/libstd-*.rlib >/dev/null 2>&1; then
        echo "$compiler $target"
        return
      fi
    done
  done
}

found=$(find_compiler)
if [ -z "$found" ]; then
  echo "no rustc with the standard library of a WASI target; Debian: rustc libstd-rust-dev-wasm32"
  exit 77
fi
compiler=${found% *}
target=${found#* }
# rustup brings its own linker; Debian's rustc finds wasm-ld by its version only.
linker=
case $(command -v "$compiler") in
  /usr/bin/*)
    for name in /usr/bin/wasm-ld /usr/bin/wasm-ld-[0-9]*; do
      if [ -x "$name" ]; then linker="-C linker=$name"; break; fi
    done
    ;;
esac
mkdir -p target
# Debian's library leaves the self-contained C library out, and refers to the package wasi-libc's.
# shellcheck disable=SC2086
"$compiler" --edition 2021 --target "$target" -g $linker hello.rs -o target/hello.wasm
