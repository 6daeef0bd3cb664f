#!/bin/sh
# Compiles hello.c to target/hello.wasm with clang, wasi-libc and lld, as Debian packages them;
# does nothing when that is newer than its source.
set -eu
cd "$(dirname "$0")"
mkdir -p target
if [ -n "$(find target/hello.wasm -newer hello.c -newer build.sh 2>/dev/null)" ]; then exit 0; fi
# Two steps: with an -O in the linking step, clang would run wasm-opt if it finds one.
"${CLANG:-clang}" --target=wasm32-wasi -O1 -g -Wall -Wextra -c hello.c -o target/hello.o
"${CLANG:-clang}" --target=wasm32-wasi target/hello.o -o target/hello.wasm
rm target/hello.o
