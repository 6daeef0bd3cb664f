# Registries that answer wrongly, slowly or not at all: an error that says so, or another attempt;
# and nothing half-written in the store, and no name moved. See wrong_registry.py for the cases.
load helper

# good_image: an image that has the name of every case's, so that it shows when the name is moved.
good_image() {
  mkdir -p app
  # What the encoder makes smaller by little: an upload of many reads.
  head -c 3000000 /dev/urandom >app/data
  printf 'FROM scratch\nCOPY data /data\nCMD ["/data"]\n' >app/Containerfile
  modulah build -q -t app app >/dev/null 2>&1
}

# get CASE [OPTION]...: pulls, with short waits between attempts.
get() {
  local case=$1
  shift
  : >log
  run --separate-stderr timeout 60 "$program" --root "$store" pull -q --retry-delay 10ms "$@" \
    "$registry/$case:v1"
}

# all_is_whole: each blob in the store has the digest that it is kept under, and there is nothing
# else. A pull that is done again need not ask for those again.
all_is_whole() {
  local blob
  for blob in "$store"/blobs/sha256/*; do
    equal "$(sha256sum <"$blob")" "${blob##*/}  -"
  done
  equal "$(find "$store" -name '*.tmp*' -o -name '.tmp*')" ""
}

# refuses_to_pull CASE TEXT [OPTION]...: status 1, TEXT, no name moved, and nothing half-written.
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

# pulls CASE [OPTION]...: the image arrives, whole, in a store of its own.
pulls() {
  local store=$BATS_TEST_TMPDIR/store-$1
  get "$@"
  equal "$status" 0
  all_is_whole
  modulah push -q "$registry/$1:v1" "oci:copy-$1"
  [ "$(find "copy-$1/blobs" -type f -size +290k | wc -l)" -eq 1 ]
}

# asked REGEX: how many of the requests are like it.
asked() { grep -cE "$1" log || true; }

@test "manifests that are none, too large or not what was said" {
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
  refuses_to_pull teapot "answers 418"
  refuses_to_pull redirect-loop "redirects more than 10 times"
  equal "$(asked HEAD)" 11
}

@test "blobs that are cut off, too short, too long, other bytes or not there" {
  start_wrong_registry
  good_image
  refuses_to_pull cut-blob "broke"
  # It went on where it was, as often as --retry says.
  equal "$(asked "GET .*/layer bytes=[0-9]+-$")" 3
  refuses_to_pull short-blob "bytes"
  refuses_to_pull long-blob "bytes"
  refuses_to_pull wrong-blob "has other bytes"
  equal "$(asked "GET .*/layer")" 4
  refuses_to_pull no-blob "has no blob"
  refuses_to_pull loop-blob "redirects more than 10 times"
}

@test "a download that was cut off goes on where it was" {
  start_wrong_registry
  pulls cut-blob-once
  equal "$(asked "GET .*/layer bytes=[0-9]+-$")" 1
  pulls no-range-once
  equal "$(asked "GET .*/layer bytes=[0-9]+-$")" 1
  # It begins earlier than it was asked for, and says so.
  pulls wrong-range
  equal "$(asked "GET .*/layer bytes=1000-$")" 1
}

@test "a registry that is busy or down is asked again, by its own clock" {
  start_wrong_registry
  good_image
  begin=$(date +%s%N)
  pulls busy-once
  # It said one second; --retry-delay was less.
  [ $((($(date +%s%N) - begin) / 1000000)) -ge 1000 ]
  pulls down-once
  refuses_to_pull busy "TOOMANYREQUESTS: slow down" --retry 2
  equal "$(asked GET.*/layer)" 3
  refuses_to_pull down "answers 500" --retry 0
  equal "$(asked GET.*/layer)" 1
}

@test "who sends us elsewhere does not give our login away" {
  start_wrong_registry
  good_image
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(printf ana:secret | base64)" >auth.json
  get elsewhere --authfile auth.json
  equal "$status" 0
  equal "$(asked "GET /v2/elsewhere/blobs/layer Basic")" 1
  equal "$(asked "GET /v2/moved/blobs/layer$")" 1
}

@test "Ctrl-C ends a pull from a registry that has gone mute" {
  start_wrong_registry
  good_image
  modulah tag app "$registry/mute:v1"
  before=$(cat "$store/index.json")
  # In the foreground: else it is told twice, and ends at once at the second time.
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

@test "uploads that are cut off begin anew, and those that are refused say why" {
  start_wrong_registry
  good_image
  push() { run timeout 60 "$program" --root "$store" push -q --retry-delay 10ms app "$registry/$1:v1"; }
  push cut-upload-once
  equal "$status" 0
  contains "$(cat log)" "PUT /v2/cut-upload-once/manifests/v1"
  push cut-upload
  equal "$status" 1
  contains "$output" "broke"
  equal "$(asked "PUT /v2/cut-upload/manifests")" 0
  push too-large
  equal "$status" 1
  contains "$output" "answers 413"
  equal "$(asked "PUT /v2/too-large/manifests")" 0
  push other-digest
  equal "$status" 1
  contains "$output" "2222"
  # It was put again before that was an error, and the user knows what the tag is.
  equal "$(asked "PUT /v2/other-digest/manifests")" 4
  contains "$output" "there is no image $registry/other-digest:v1"
  push refused
  equal "$status" 1
  contains "$output" "answers 400 for image $registry/refused:v1: MANIFEST_INVALID: no"
}
