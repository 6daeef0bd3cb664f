# Many commands at once on one store: none fails because of another, and no name is lost.
load helper

@test "builds, tags, pushes and removals at once do not disturb each other" {
  need python3
  run timeout 120 python3 "$e2e/at_once.py" "$program" 6 6
  echo "$output"
  equal "$status" 0
  # All kinds of commands had their turn.
  equal "$(grep -o "'[a-z]*'" <<<"$output" | tr -d "'" | tr '\n' ' ')" \
    "build images inspect pull push rmi tag "
}

@test "an image that is tagged while its only name is removed is there, or was never tagged" {
  mkdir context
  printf 'FROM scratch\nCOPY file /\n' >context/Containerfile
  local round tagging status
  for round in $(seq 40); do
    echo "$round" >context/file
    modulah build -q -t own context >/dev/null 2>&1
    modulah tag own other 2>/dev/null &
    tagging=$!
    modulah rmi own >/dev/null 2>&1 || true
    status=0
    wait "$tagging" || status=$?
    if [ "$status" -eq 0 ]; then
      modulah inspect other >/dev/null
      modulah rmi other >/dev/null 2>&1
    fi
  done
}

@test "64 builds at once all end well, and no name is lost" {
  mkdir context
  printf '# check=skip=all\nFROM scratch\nCOPY file /\nCMD ["/file"]\n' >context/Containerfile
  echo text >context/file
  local number pids=()
  for number in $(seq 64); do
    modulah build -q -t "app$number" --label "number=$number" context >/dev/null 2>"err$number" &
    pids+=($!)
  done
  for number in $(seq 64); do
    wait "${pids[number - 1]}" || { cat "err$number" && return 1; }
  done
  equal "$(modulah images -n | wc -l)" 64
  run modulah fsck -q
  echo "$output"
  equal "$status" 0
}
