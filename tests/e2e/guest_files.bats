# Which files a guest finds, by absolute and by relative paths: programs in C, Rust and Go, compiled
# by their own compilers (tests/e2e/look).
load helper

# look LANGUAGE FILE: the compiled program; compiled once, skipped where there is no compiler.
look() {
  local made=$cache/look/$1.wasm
  mkdir -p "$cache/look"
  case $1 in
    c) need_clang ;;
    rust) rustc --print target-libdir --target wasm32-wasip1 2>/dev/null | xargs -rI{} ls {} >/dev/null 2>&1 ||
      skip "no rustc for wasm32-wasip1" ;;
    go) need go ;;
  esac
  (
    flock 9
    [ ! "$made" -nt "$e2e/look/look.$([ "$1" = rust ] && echo rs || echo "$1")" ] || exit 0
    case $1 in
      c) clang --target=wasm32-wasi -O1 -c "$e2e/look/look.c" -o "$made.o" &&
        clang --target=wasm32-wasi "$made.o" -o "$made" ;;
      rust) rustc --edition 2021 --target wasm32-wasip1 "$e2e/look/look.rs" -o "$made" ;;
      go) GO111MODULE=off GOFLAGS='' GOOS=wasip1 GOARCH=wasm go build -trimpath -o "$made" "$e2e/look/look.go" ;;
    esac
  ) 9>"$made.lock"
  cp "$made" "$2"
}

# build_look LANGUAGE: the image "look", which starts in /srv.
build_look() {
  mkdir -p app/srv/etc app/etc
  look "$1" app/app.wasm
  echo root >app/app.conf
  echo etc >app/etc/conf
  echo srv >app/srv/data
  echo own >app/srv/etc/own
  for name in app/same app/srv/same; do echo "$name" >"$name"; done
  ln -s data app/srv/near
  ln -s ../app.conf app/srv/far
  cat >app/Containerfile <<'END'
FROM scratch
COPY app.wasm app.conf same /
COPY etc /etc
COPY srv /srv
WORKDIR /srv
ENTRYPOINT ["/app.wasm"]
END
  modulah build -q -t look app
}

# sorted: each line that lists a directory with its names in order.
sorted() {
  while IFS= read -r line; do
    case $line in
      *:*) echo "${line%%:*}: $(tr ' ' '\n' <<<"${line#*: }" | sort | paste -sd' ')" ;;
      *) echo "$line" ;;
    esac
  done
}

finds_files() {
  build_look "$1"
  equal "$(modulah run look /app.conf /etc/conf data ./data /srv/data etc/own /srv/etc/own \
    same /same /srv/same near far nothing /nothing)" "/app.conf = root
/etc/conf = etc
data = srv
./data = srv
/srv/data = srv
etc/own = own
/srv/etc/own = own
same = app/srv/same
$2
/srv/same = app/srv/same
near = srv
far = root
nothing is not there
/nothing is not there"
  equal "$(modulah run look /srv | sorted)" "/srv: data etc far near same"
  # Elsewhere, at the root, and where nothing is.
  equal "$(modulah run -w /etc look conf /app.conf /srv/data)" "conf = etc
/app.conf = root
/srv/data = srv"
  equal "$(modulah run -w / look app.conf srv/data / | sorted)" "app.conf = root
srv/data = srv
/: app.conf app.wasm etc same srv"
  equal "$(modulah run -w /nowhere look /app.conf /srv/data)" "/app.conf = root
/srv/data = srv"
}

# The working directory is in a volume, or has one in it.
finds_volumes() {
  mkdir -p shared/deep
  echo shared >shared/file
  echo deep >shared/deep/file
  equal "$(modulah run -v ./shared:/data -w /data look file /data/file deep/file /etc/conf)" \
    "file = shared
/data/file = shared
deep/file = deep
/etc/conf = etc"
  equal "$(modulah run -v ./shared:/srv/in look in/file /srv/in/file data /app.conf)" \
    "in/file = shared
/srv/in/file = shared
data = srv
/app.conf = root"
}

# wasi-libc cannot tell "/same" from "same".
@test "C finds files by absolute and by relative paths" {
  finds_files c "/same = app/srv/same"
  finds_volumes
}

@test "Rust finds files by absolute and by relative paths" {
  finds_files rust "/same = app/srv/same"
  finds_volumes
}

@test "Go finds files by absolute and by relative paths" {
  finds_files go "/same = app/same"
  finds_volumes
}

@test "an image of one module lists it" {
  mkdir app
  look c app/app.wasm
  printf 'FROM scratch\nCOPY app.wasm /bin/\nENTRYPOINT ["/bin/app.wasm"]\n' >app/Containerfile
  modulah build -q -t alone app
  equal "$(modulah run alone / /bin)" "/: bin
/bin: app.wasm"
}
