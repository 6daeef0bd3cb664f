# Commands that are killed at any moment leave a store that is whole, and nothing that stays.
load helper

# killed COMMAND...: with this store, ended by SIGKILL within 20 ms, if it is still there then.
killed() {
  local status=0
  timeout --signal=KILL "0.0$(printf %02d $((RANDOM % 20)))1" \
    "$program" --root "$store" "$@" >/dev/null 2>&1 || status=$?
  case $status in
    137) kills=$((kills + 1)) ;;
    0 | 1) ;;
    *) echo "$1 ended with $status" >&2 && return 1 ;;
  esac
}

# Every image can be read to its last byte.
is_whole() {
  local id
  run --separate-stderr modulah images --json
  equal "$status" 0
  equal "$stderr" ""
  for id in $(jq -r '.[].Digest' <<<"$output"); do
    rm -rf copy
    modulah push -q "$id" oci:copy:v1
    run modulah validate -q oci:copy:v1
    [[ $output != *CorruptImage* ]]
  done
}

leftovers() { find "$1" -name '.tmp-*' | wc -l; }

@test "a store is whole whenever a command was killed, and the next one cleans up" {
  local round kills=0
  mkdir context
  head -c 2000000 /dev/urandom >context/noise
  printf 'FROM scratch\nCOPY . /\n' >context/Containerfile
  "$program" --root other build -q -t base context >/dev/null 2>&1
  "$program" --root other push -q base oci:source:v1
  RANDOM=1
  for round in $(seq 12); do
    head -c "$((RANDOM % 3 * 500000 + 10))" /dev/urandom >context/noise
    killed build -q -t "app$((RANDOM % 3))" context
    killed pull -q oci:source:v1
    killed tag app0 "app$((RANDOM % 3))"
    killed build -q -t "app$((RANDOM % 3))" context
    killed rmi "app$((RANDOM % 3))"
    killed rmi --prune
    is_whole
  done
  echo "$kills of $((12 * 6)) were killed"
  [ "$kills" -gt 5 ]
  modulah build -q -t app context >/dev/null
  equal "$(leftovers "$store/cache/tmp")" 0
  modulah rmi --all >/dev/null
  equal "$(ls "$store/blobs/sha256")" ""
}

@test "a layout is whole whenever a push into it was killed, and the next push cleans up" {
  local round kills=0 name
  mkdir context
  printf 'FROM scratch\nCOPY noise /\n' >context/Containerfile
  for name in a b c; do
    head -c 2000000 /dev/urandom >context/noise
    modulah build -q -t "$name" context >/dev/null
  done
  RANDOM=1
  for round in $(seq 20); do
    for name in a b c; do killed push -q "$name" "oci:layout:$name"; done
    for name in a b c; do
      # What has a name has all its parts.
      grep -qs "\"$name\"" layout/index.json || continue
      run modulah validate -q "oci:layout:$name"
      [[ $output != *CorruptImage* ]]
    done
    [ $((round % 5)) -ne 0 ] || rm -rf layout
  done
  echo "$kills of $((20 * 3)) were killed"
  [ "$kills" -gt 5 ]
  modulah push -q a oci:layout:a
  equal "$(leftovers layout)" 0
}

# By hand, for many more: killer.py MODULAH 2000 SEED
@test "commands of all kinds, some of them side by side, are killed at random moments" {
  need python3
  run timeout 300 python3 "$e2e/killer.py" "$program" 60 1
  echo "$output"
  equal "$status" 0
}
