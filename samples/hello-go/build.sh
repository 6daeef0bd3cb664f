#!/bin/sh
# Compiles hello.go to target/hello.wasm with Go 1.21 or newer, the first with GOOS=wasip1. Ends
# with 77 and says so when there is none.
set -eu
cd "$(dirname "$0")"
go=${GO:-go}
if ! command -v "$go" >/dev/null; then
  echo "no Go"
  exit 77
fi
if ! "$go" tool dist list 2>/dev/null | grep -qx wasip1/wasm; then
  echo "$("$go" version) has no wasip1/wasm; Go 1.21 is the first that has"
  exit 77
fi
mkdir -p target
# No module and no network: the one file is all there is. -trimpath: no paths of this machine.
GO111MODULE=off GOFLAGS= GOOS=wasip1 GOARCH=wasm "$go" build -trimpath -o target/hello.wasm hello.go
