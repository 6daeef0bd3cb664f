# Registries with wrong, slow or missing answers: a retry or an error, no incomplete files in the
# store, and no changed names. See wrong_registry.py for the cases.
load helper

# good_image: an image that gets the name of each case, to notice when the name is changed.
good_image() {
  mkdir -p app
  # Hardly compressible: an upload of many reads.
  head -c 3000000 /dev/urandom >app/data
  printf 'FROM scratch\nCOPY data /data\n' >app/Containerfile
  modulah build -q -t app app >/dev/null 2>&1
}

# get CASE [OPTION]...: pulls, with short delays between attempts.
get() {
  local case=$1
  shift
  : >log
  run --separate-stderr timeout 60 "$program" --root "$store" pull -q --retry-delay 10ms "$@" \
    "$registry/$case:v1"
}

# all_is_whole: each blob in the store has the digest of its name, and there are no other files.
all_is_whole() {
  local blob
  for blob in "$store"/blobs/sha256/*; do
    equal "$(sha256sum <"$blob")" "${blob##*/}  -"
  done
  equal "$(find "$store" -name '*.tmp*' -o -name '.tmp*')" ""
}

# refuses_to_pull CASE TEXT [OPTION]...: status 1, TEXT, no changed name, no incomplete file.
refuses_to_pull() {
  local case=$1 text=$2
  shift 2
  modulah tag app "$registry/$case:v1"
  before=$(cat "$store/index.json")
  get "$case" "$@"
  equal "$status" 1
  equal "$output" ""
  contains "$stderr" "$text"
  equal "$(cat "$store/index.json")" "$before"
  all_is_whole
}

# pulls CASE [OPTION]...: the complete image arrives in a new store.
pulls() {
  local store=$BATS_TEST_TMPDIR/store-$1
  get "$@"
  equal "$status" 0
  all_is_whole
  modulah push -q "$registry/$1:v1" "oci:copy-$1"
  [ "$(find "copy-$1/blobs" -type f -size +290k | wc -l)" -eq 1 ]
}

# asked REGEX: the number of matching requests.
asked() { grep -cE "$1" log || true; }

@test "manifests that are malformed, too large or other than announced" {
  start_wrong_registry
  good_image
  refuses_to_pull not-json "JSON"
  refuses_to_pull empty "image $registry/empty:v1"
  refuses_to_pull huge "$registry/huge:v1"
  refuses_to_pull large "$registry/large:v1"
  refuses_to_pull wrong-digest "1111"
  refuses_to_pull wrong-size "bytes"
  refuses_to_pull wrong-type 'media type "text/html"'
  refuses_to_pull schema1 'media type "application/vnd.docker.distribution.manifest.v1+prettyjws"'
  refuses_to_pull teapot "answered 418"
  refuses_to_pull redirect-loop "redirects more than 10 times"
  equal "$(asked HEAD)" 11
}

@test "blobs that are truncated, too short, too long, wrong or missing" {
  start_wrong_registry
  good_image
  refuses_to_pull cut-blob "interrupted"
  # It was resumed as often as --retry allows.
  equal "$(asked "GET .*/layer bytes=[0-9]+-$")" 3
  refuses_to_pull short-blob "bytes"
  refuses_to_pull long-blob "bytes"
  refuses_to_pull wrong-blob "has other bytes"
  equal "$(asked "GET .*/layer")" 4
  refuses_to_pull no-blob "has no blob"
  refuses_to_pull loop-blob "redirects more than 10 times"
}

@test "an interrupted download is resumed" {
  start_wrong_registry
  pulls cut-blob-once
  equal "$(asked "GET .*/layer bytes=[0-9]+-$")" 1
  pulls no-range-once
  equal "$(asked "GET .*/layer bytes=[0-9]+-$")" 1
  # The range begins earlier than requested, and says so.
  pulls wrong-range
  equal "$(asked "GET .*/layer bytes=1000-$")" 1
}

@test "a registry that is busy or down is retried after the time it asks for" {
  start_wrong_registry
  good_image
  begin=$(date +%s%N)
  pulls busy-once
  # The registry asked for one second; --retry-delay was less.
  [ $((($(date +%s%N) - begin) / 1000000)) -ge 1000 ]
  pulls down-once
  refuses_to_pull busy "TOOMANYREQUESTS: slow down" --retry 2
  equal "$(asked GET.*/layer)" 3
  refuses_to_pull down "answered 500" --retry 0
  equal "$(asked GET.*/layer)" 1
}

@test "a redirect does not disclose the login" {
  start_wrong_registry
  good_image
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(printf ana:secret | base64)" >auth.json
  get elsewhere --authfile auth.json
  equal "$status" 0
  equal "$(asked "GET /v2/elsewhere/blobs/layer Basic")" 1
  equal "$(asked "GET /v2/moved/blobs/layer$")" 1
}

@test "Ctrl-C ends a pull from a registry that does not answer" {
  start_wrong_registry
  good_image
  modulah tag app "$registry/mute:v1"
  before=$(cat "$store/index.json")
  # In the foreground: otherwise it receives two signals, and the second one kills it.
  run timeout --foreground -s INT 2 "$program" --root "$store" pull -q "$registry/mute:v1"
  equal "$status" 124
  contains "$output" "interrupted"
  equal "$(cat "$store/index.json")" "$before"
  all_is_whole
}

@test "wrong bytes are fetched again" {
  start_wrong_registry
  pulls wrong-blob-once
  equal "$(asked "GET .*/layer")" 2
}

@test "interrupted uploads start again, and rejected ones say why" {
  start_wrong_registry
  good_image
  push() { run timeout 60 "$program" --root "$store" push -q --retry-delay 10ms app "$registry/$1:v1"; }
  push cut-upload-once
  equal "$status" 0
  contains "$(cat log)" "PUT /v2/cut-upload-once/manifests/v1"
  push cut-upload
  equal "$status" 1
  contains "$output" "interrupted"
  equal "$(asked "PUT /v2/cut-upload/manifests")" 0
  push too-large
  equal "$status" 1
  contains "$output" "answered 413"
  equal "$(asked "PUT /v2/too-large/manifests")" 0
  push other-digest
  equal "$status" 1
  contains "$output" "2222"
  # It was put again before that was an error, and the message has the state of the tag.
  equal "$(asked "PUT /v2/other-digest/manifests")" 4
  contains "$output" "image $registry/other-digest:v1 does not exist"
  push refused
  equal "$status" 1
  contains "$output" "answered 400 for image $registry/refused:v1: MANIFEST_INVALID: no"
}
