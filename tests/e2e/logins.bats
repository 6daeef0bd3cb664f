# Logins: simultaneous ones, stored privately, and never shown.
load helper

login() { modulah login -u ana --password-stdin "$@" <<<secret; }

@test "simultaneous logins are all saved" {
  start_wrong_registry
  local number auth=$XDG_RUNTIME_DIR/containers/auth.json
  for number in $(seq 32); do
    login "$registry/part$number" >/dev/null &
    pids+=("$!")
  done
  wait "${pids[@]}"
  equal "$(jq '.auths | length' "$auth")" 32
  pids=()
  for number in $(seq 31); do
    modulah logout "$registry/part$number" >/dev/null &
    pids+=("$!")
  done
  wait "${pids[@]}"
  equal "$(jq -r '.auths | keys[]' "$auth")" "$registry/part32"
  equal "$(ls -A "$XDG_RUNTIME_DIR/containers")" auth.json
  # docker's file, too.
  pids=()
  for number in $(seq 16); do
    DOCKER_CONFIG=$PWD/docker modulah login -u ana -p secret "127.0.0.$number:${registry##*:}" \
      >/dev/null 2>&1 &
    pids+=("$!")
  done
  for number in "${pids[@]}"; do wait "$number" || true; done
  login --compat-auth-file docker/config.json "$registry"
  contains "$(cat docker/config.json)" "$registry"
}

@test "a login waits for another one" {
  start_wrong_registry
  mkdir -p "$XDG_RUNTIME_DIR/containers"
  flock "$XDG_RUNTIME_DIR/containers" sleep 2 &
  sleep 0.2
  local begin=$SECONDS
  login "$registry"
  [ $((SECONDS - begin)) -ge 1 ]
}

@test "the password comes from a file, a pipe or standard input" {
  start_wrong_registry
  local auth=$XDG_RUNTIME_DIR/containers/auth.json
  kept() { jq -r ".auths[\"$registry\"].auth" "$auth" | base64 -d; }
  echo from-file >password
  modulah login -u ana --password-file password "$registry"
  equal "$(kept)" ana:from-file
  modulah login -u ana --password-file <(echo from-pipe) "$registry"
  equal "$(kept)" ana:from-pipe
  modulah login -u ana --password-file - "$registry" <<<from-input
  equal "$(kept)" ana:from-input
  run modulah login -u ana --password-file none "$registry"
  equal "$status" 1
  contains "$output" "--password-file: open $PWD/none: no such file"
  run modulah login -u ana --password-file password -p x "$registry"
  equal "$status" 2
  contains "$output" "--password-file and --password exclude each other"
  : >empty
  run modulah login -u ana --password-file empty "$registry"
  equal "$status" 2
  contains "$output" "empty is empty"
}

@test "--creds takes a file" {
  need htpasswd
  htpasswd -Bbn ana secret >passwords
  start_registry "auth: {htpasswd: {realm: test, path: $PWD/passwords}}"
  mkdir app
  printf 'FROM scratch\nCOPY data /\n' >app/Containerfile
  head -c 1000 /dev/urandom >app/data
  modulah build -q -t app app
  echo ana:secret >creds
  modulah push -q --creds @creds app "$registry/a:v1"
  modulah push -q --creds @<(echo ana:secret) app "$registry/a:v2"
  modulah push -q --creds @- app "$registry/a:v3" <<<ana:secret
  echo secret >creds
  run modulah push -q --creds @creds app "$registry/a:v4"
  equal "$status" 2
  contains "$output" "creds does not have the form USER:PASSWORD"
  [[ $output != *secret* ]]
}

@test "a password on the command line does not stay in the list of processes" {
  need python3
  local port
  port=$(free_port)
  # A server that never answers.
  timeout 60 python3 -c "import socket, time
s = socket.create_server(('127.0.0.1', $port)); time.sleep(60)" 3>&- &
  servers+=("$!")
  wait_for port_answers "$port"
  hidden() { tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q '\*\*\*\*'; }
  for words in "pull --creds ana:secret 127.0.0.1:$port/a" "pull --creds=ana:secret 127.0.0.1:$port/a" \
    "login -u ana -p secret 127.0.0.1:$port" "login -u ana -psecret 127.0.0.1:$port" \
    "login -u ana --password secret 127.0.0.1:$port" "login -u ana --password=secret 127.0.0.1:$port"; do
    # shellcheck disable=SC2086
    "$program" --root "$store" $words >/dev/null 2>&1 3>&- &
    pid=$!
    wait_for hidden
    [[ $(tr '\0' ' ' <"/proc/$pid/cmdline") != *secret* ]]
    kill "$pid"
    wait "$pid" || true
  done
}

@test "files that are FIFOs or nested without end are refused" {
  start_wrong_registry
  mkfifo fifo
  run timeout 20 "$program" --root "$store" login --authfile fifo -u ana -p secret "$registry"
  equal "$status" 1
  contains "$output" "fifo is a FIFO, not a regular file"
  CONTAINERS_REGISTRIES_CONF=fifo run timeout 20 "$program" --root "$store" pull "$registry/a"
  contains "$output" "fifo is a FIFO, not a regular file"
  mkdir certs
  mkfifo certs/ca.crt
  start_tls_stub
  run timeout 20 "$program" --root "$store" pull --retry 0 --cert-dir certs "$tls/a"
  contains "$output" "ca.crt is a FIFO, not a regular file"
  python3 -c 'print("{\"auths\":" + "[" * 200000)' >deep.json
  for command in "login -u ana -p secret" logout; do
    # shellcheck disable=SC2086
    run modulah $command --authfile deep.json "$registry"
    equal "$status" 1
    contains "$output" "deep.json is not a JSON object"
  done
}

# start_tls_stub: a server with TLS; sets `tls`.
start_tls_stub() {
  make_certificate keys
  local port
  port=$(free_port)
  tls=127.0.0.1:$port
  timeout 60 openssl s_server -quiet -accept "$tls" -cert keys/cert.pem -key keys/key.pem \
    >/dev/null 2>&1 </dev/null 3>&- &
  servers+=("$!")
  wait_for port_answers "$port"
}

@test "a login goes in clear text only to a server that answers without TLS" {
  need python3
  start_wrong_registry
  # The user requires TLS, and the registry does not have it.
  run modulah login --tls-verify=true -u ana -p secret "$registry"
  equal "$status" 1
  contains "$output" "does not speak TLS"
  contains "$output" "--tls-verify=false"
  run modulah login --tls-verify -u ana -p secret "$registry"
  equal "$status" 1
  login "$registry"
  # A server that closes TLS connections, and accepts passwords over plain HTTP.
  local port
  port=$(free_port)
  timeout 60 python3 - "$port" >asked 2>&1 3>&- <<'END' &
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        client, _ = server.accept()
        with client:
            data = client.recv(4096)
            if data[:1] != b"\x16" and data:
                print(data.decode("latin-1"), flush=True)
                client.sendall(b'HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n')
END
  servers+=("$!")
  wait_for port_answers "$port"
  run modulah login -u ana -p secret "127.0.0.1:$port"
  equal "$status" 1
  contains "$output" "the TLS handshake with 127.0.0.1:$port failed"
  equal "$(cat asked)" ""
}
