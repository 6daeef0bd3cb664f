# What an image is: its files, its configuration, its annotations, and that it is the same each time.
load helper

# build_layout LAYOUT [ARGUMENTS]: builds straight into an OCI layout.
build_layout() {
  local layout=$1
  shift
  modulah build -q -t "oci:$layout:v1" "$@" >/dev/null
}

@test "files are in the image with names, modes, owners and contents of the context" {
  context app
  build_layout layout app
  files=$(layout_files layout)
  contains "$files" "0 0755 0:0 /hello.wasm $(stat -c %s app/target/hello.wasm) $(sha256sum app/target/hello.wasm | cut -d' ' -f1)"
  contains "$files" "0 0644 0:0 /etc/hello/greeting.txt $(stat -c %s app/greeting.txt) $(sha256sum app/greeting.txt | cut -d' ' -f1)"
  contains "$files" "5 0755 0:0 /etc/hello"
  equal "$(grep -c . <<<"$files")" 4
}

@test "the configuration says what the Containerfile says, and nothing of the tool" {
  context app
  build_layout layout app
  config=$(layout_config layout)
  equal "$(jq -c '[.os, .architecture, .config.Entrypoint, .config.Cmd, .config.Env]' <<<"$config")" \
    '["wasi","wasm",["/hello.wasm"],["world"],["GREETING=good day"]]'
  equal "$(jq -c .config.Labels <<<"$config")" \
    '{"module.wasm.image/variant":"compat","org.opencontainers.image.title":"hello-c"}'
  equal "$(jq -r .created <<<"$config")" 1970-01-01T00:00:00Z
  equal "$(jq -r '.rootfs.diff_ids | length' <<<"$config")" \
    "$(layout_manifest layout | jq -r '.layers | length')"
}

@test "annotations are the compat one and those asked for" {
  context app
  build_layout plain app
  equal "$(layout_manifest plain | jq -c .annotations)" '{"module.wasm.image/variant":"compat"}'
  build_layout more --annotation org.opencontainers.image.source=here app
  equal "$(layout_manifest more | jq -cS .annotations)" \
    '{"module.wasm.image/variant":"compat","org.opencontainers.image.source":"here"}'
}

@test "another platform is taken over" {
  context app
  build_layout layout --platform linux/amd64 app
  equal "$(layout_config layout | jq -r '.os + "/" + .architecture')" linux/amd64
}

@test "the docker format has docker's media types" {
  context app
  modulah build -q --format docker -t oci:layout:v1 app
  equal "$(layout_manifest layout | jq -r .mediaType)" \
    application/vnd.docker.distribution.manifest.v2+json
  equal "$(layout_manifest layout | jq -r '.layers[0].mediaType')" \
    application/vnd.docker.image.rootfs.diff.tar.gzip
}

# digest_of DIRECTORY [COMMAND WORDS]: the digest of an image that is built in a new store.
digest_of() {
  local folder=$1 fresh
  shift
  fresh=$(mktemp -d "$BATS_TEST_TMPDIR/fresh.XXXXXX")
  "$@" "$program" --root "$fresh" build --json -q "$folder" | jq -r .digest
}

@test "the same input gives the same digest: again, elsewhere, with one thread, on another day" {
  context app
  wanted=$(digest_of app)
  contains "$wanted" sha256:
  equal "$(digest_of app)" "$wanted"
  mkdir -p some/where
  cp -R app some/where/else
  find some -exec touch -d 2001-02-03 {} +
  equal "$(digest_of some/where/else)" "$wanted"
  equal "$(digest_of app taskset -c 0)" "$wanted"
  equal "$(cd app && umask 077 && digest_of .)" "$wanted"
  equal "$(digest_of app env TZ=Asia/Tokyo LC_ALL=C HOME=/nowhere)" "$wanted"
  if command -v faketime >/dev/null; then
    equal "$(digest_of app faketime '2031-05-06 07:08:09')" "$wanted"
  fi
}

@test "optimised modules are the same each time too" {
  context app
  build() { "$program" --root "$1" build --optimize --json -q app | jq -r .digest; }
  first=$(build one)
  contains "$first" sha256:
  equal "$(build two)" "$first"
  equal "$(BINARYEN_CORES=1 build three)" "$first"
}

@test "an optimised module is smaller and still runs" {
  context app
  modulah build -q -t plain app
  modulah build -q --optimize -t small app
  size() { modulah images --json | jq ".[] | select(.Names[0] | endswith(\"$1:latest\")).Size"; }
  [ "$(size small)" -lt "$(size plain)" ]
  run --separate-stderr modulah run small you 0
  equal "$status" 0
  contains "$output" "Hello, you!"
}

@test "what optimizing saves is told by section" {
  context app
  run --separate-stderr modulah build --optimize -t small app
  equal "$status" 0
  contains "$stderr" "optimized "
  [[ $stderr =~ "  "[a-z\ ]+\ [0-9.]+\ k?B\ to\ [0-9.]+\ k?B ]]
}

@test "each limit on optimizing has a status and a message of its own" {
  context app
  run --separate-stderr modulah build -q --optimize --optimize-timeout 1ms -t small app
  equal "$status" 124
  contains "$stderr" "optimizing it takes longer than 0.001 s"
  # A worker with sanitizers has no limit on memory.
  ! grep -q asan "$program" || return 0
  run --separate-stderr modulah build -q --optimize --optimize-memory 120m -t small app
  equal "$status" 137
  contains "$stderr" "optimizing it takes more than 126 MB of memory"
}

@test "--timestamp and SOURCE_DATE_EPOCH set the time" {
  context app
  build_layout one --timestamp 1000000000 app
  SOURCE_DATE_EPOCH=1000000000 build_layout two app
  equal "$(layout_config one | jq -r .created)" 2001-09-09T01:46:40Z
  equal "$(layout_manifest one)" "$(layout_manifest two)"
}

@test "--iidfile has the id, which is also printed" {
  context app
  run --separate-stderr modulah build --iidfile id -t app app
  equal "$status" 0
  equal "sha256:$output" "$(cat id)"
}

@test "a second build writes nothing new" {
  context app
  modulah build -q -t app app
  before=$(store_listing)
  modulah build -q -t app app
  equal "$(store_listing)" "$before"
}

# builds_and_runs LANGUAGE: its sample, as an image.
builds_and_runs() {
  sample "hello-$1" "$1"
  modulah build -q -t "$1" "$1"
  run --separate-stderr modulah run "$1" you 4
  equal "$status" 4
  contains "$output" "Hello, you!"
  contains "$output" "This line comes from a file of the image."
}

@test "a module in Rust is built and run" {
  builds_and_runs rust
}

@test "a module in Go is built and run" {
  builds_and_runs go
}

@test "ignore files, ARG, --build-arg, --label, --env and wildcards do what they say" {
  mkdir -p app/data
  for name in a.txt b.txt secret.key; do echo $name >app/data/$name; done
  echo '**/*.key' >app/.containerignore
  cat >app/Containerfile <<'END'
FROM scratch
ARG WHERE=/default
COPY --chmod=600 --chown=7:8 data/*.txt ${WHERE}/
COPY data /all/
END
  build_layout layout --build-arg WHERE=/there --label who=me --env MODE=fast app
  files=$(layout_files layout)
  contains "$files" "0 0600 7:8 /there/a.txt"
  contains "$files" "0 0600 7:8 /there/b.txt"
  contains "$files" "/all/b.txt"
  [[ $files != *secret* ]]
  equal "$(layout_config layout | jq -c '[.config.Labels.who, .config.Env]')" '["me",["MODE=fast"]]'
}

@test "ADD unpacks a local archive" {
  mkdir -p tree/sub app
  echo content >tree/sub/file
  tar -C tree -czf app/files.tar.gz .
  printf 'FROM scratch\nADD files.tar.gz /in/\n' >app/Containerfile
  build_layout layout app
  contains "$(layout_files layout)" "/in/sub/file 8 "
}

@test "images of parallel builds into one store are all there" {
  context app
  local jobs=()
  for i in 1 2 3 4 5 6; do
    modulah build -q --label n=$i -t parallel:$i app >/dev/null &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job"; done
  equal "$(modulah images --json | jq '[.[].Names[]] | length')" 6
}
