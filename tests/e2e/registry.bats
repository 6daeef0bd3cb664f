# Push and pull through docker-registry: plain, with TLS, with a password and with tokens.
load helper

# round_trip REFERENCE [OPTIONS]: pushes the image app, pulls it into another store, and compares.
round_trip() {
  local name=$1 other=$BATS_TEST_TMPDIR/other
  shift
  modulah push -q "$@" app "$name"
  "$program" --root "$other" pull -q "$@" "$name"
  equal "$("$program" --root "$other" images --json | jq -r '.[0].Digest')" \
    "$(modulah images --json | jq -r '.[0].Digest')"
}

build_app() {
  context app
  modulah build -q -t app app
}

@test "an image is pushed and pulled back with the same digest" {
  build_app
  start_registry
  round_trip "$registry/demo/app:v1" --tls-verify=false
  equal "$(manifest_digest demo/app v1)" "$(modulah images --json | jq -r '.[0].Digest')"
}

@test "a pushed image is pulled and run in one command" {
  build_app
  start_registry
  modulah push -q --tls-verify=false app "$registry/demo/app:v1"
  run --separate-stderr "$program" --root other run --tls-verify=false "$registry/demo/app:v1" you 9
  equal "$status" 9
  contains "$output" "Hello, you!"
  # An image in the store is not requested again, and with the policy never no request is sent.
  stop_servers
  run --separate-stderr "$program" --root other run "$registry/demo/app:v1" you 9
  equal "$status" 9
  run --separate-stderr "$program" --root other run --pull=never "$registry/demo/other"
  equal "$status" 125
}

@test "an image is pulled by its digest" {
  build_app
  start_registry
  modulah push -q --tls-verify=false app "$registry/demo/app:v1"
  digest=$(manifest_digest demo/app v1)
  "$program" --root other pull -q --tls-verify=false "$registry/demo/app@$digest"
  equal "$("$program" --root other images --json | jq -r '.[0].Digest')" "$digest"
}

@test "--digestfile has the digest that the registry has" {
  build_app
  start_registry
  modulah push -q --tls-verify=false --digestfile digest app "$registry/demo/app:v1"
  equal "$(cat digest)" "$(manifest_digest demo/app v1)"
}

@test "blobs of another repository of the same registry are not sent again" {
  build_app
  start_registry
  modulah push -q --tls-verify=false app "$registry/demo/one:v1"
  modulah push -q --tls-verify=false app "$registry/demo/two:v1"
  equal "$(manifest_digest demo/two v1)" "$(manifest_digest demo/one v1)"
}

@test "with TLS and a custom certificate" {
  make_certificate keys
  build_app
  start_registry "  tls: {certificate: $PWD/keys/cert.pem, key: $PWD/keys/key.pem}"
  run modulah push -q app "$registry/demo/app:v1"
  equal "$status" 1
  contains "$output" "certificate"
  mkdir trusted
  cp keys/cert.pem trusted/ca.crt
  round_trip "$registry/demo/app:v1" --cert-dir trusted
  run modulah push -q --tls-verify=false app "$registry/demo/app:v2"
  equal "$status" 0
}

@test "with a user and a password" {
  need htpasswd
  build_app
  htpasswd -Bbn ana secret >passwords
  start_registry "auth: {htpasswd: {realm: test, path: $PWD/passwords}}"
  run modulah push -q --tls-verify=false app "$registry/demo/app:v1"
  equal "$status" 1
  contains "$output" "$registry"
  run modulah login --tls-verify=false -u ana -p wrong "$registry"
  equal "$status" 1
  [ ! -e "$XDG_RUNTIME_DIR/containers/auth.json" ] ||
    ! grep -q "$registry" "$XDG_RUNTIME_DIR/containers/auth.json"
  modulah login --tls-verify=false -u ana --password-stdin "$registry" <<<secret
  equal "$(jq -r ".auths[\"$registry\"].auth" "$XDG_RUNTIME_DIR/containers/auth.json" | base64 -d)" \
    ana:secret
  equal "$(stat -c %a "$XDG_RUNTIME_DIR/containers/auth.json")" 600
  round_trip "$registry/demo/app:v1" --tls-verify=false
  modulah logout "$registry"
  run modulah pull -q --tls-verify=false "$registry/demo/app:v1"
  equal "$status" 1
  modulah pull -q --tls-verify=false --creds ana:secret "$registry/demo/app:v1"
}

@test "passwords that docker and podman wrote are read" {
  need htpasswd
  build_app
  htpasswd -Bbn ana secret >passwords
  start_registry "auth: {htpasswd: {realm: test, path: $PWD/passwords}}"
  entry="{\"auths\":{\"$registry\":{\"auth\":\"$(printf ana:secret | base64)\"}}}"
  mkdir -p "$HOME/.docker"
  echo "$entry" >"$HOME/.docker/config.json"
  modulah push -q --tls-verify=false app "$registry/demo/app:v1"
  rm "$HOME/.docker/config.json"
  echo "$entry" >elsewhere.json
  modulah push -q --tls-verify=false --authfile elsewhere.json app "$registry/demo/app:v2"
  REGISTRY_AUTH_FILE=elsewhere.json modulah pull -q --tls-verify=false "$registry/demo/app:v2"
}

# start_password_registry: one with the user ana and the password "secret".
start_password_registry() {
  need htpasswd
  htpasswd -Bbn ana secret >passwords
  start_registry "auth: {htpasswd: {realm: test, path: $PWD/passwords}}"
}

@test "a login is kept where podman would, and found there by skopeo" {
  need skopeo
  start_password_registry
  login() { modulah login --tls-verify=false "$@" -u ana --password-stdin "$registry" <<<secret; }
  entry=".auths[\"$registry\"].auth"
  login
  equal "$(jq -r "$entry" "$XDG_RUNTIME_DIR/containers/auth.json" | base64 -d)" ana:secret
  equal "$(skopeo login --get-login "$registry")" ana
  skopeo logout "$registry"
  run modulah login --get-login "$registry"
  equal "$status" 1
  # Files that do not exist yet, specified in different ways.
  login --authfile new/auth.json
  equal "$(jq -r "$entry" new/auth.json | base64 -d)" ana:secret
  equal "$(skopeo login --get-login --authfile new/auth.json "$registry")" ana
  REGISTRY_AUTH_FILE=$PWD/env.json login
  equal "$(jq -r "$entry" env.json | base64 -d)" ana:secret
  DOCKER_CONFIG=$PWD/docker login
  equal "$(jq -r "$entry" docker/config.json | base64 -d)" ana:secret
  equal "$(DOCKER_CONFIG=$PWD/docker skopeo login --get-login "$registry")" ana
  login --compat-auth-file compat/config.json
  equal "$(jq -r "$entry" compat/config.json | base64 -d)" ana:secret
  for file in new/auth.json env.json docker/config.json compat/config.json; do
    equal "$(stat -c %a $file)" 600
  done
  [ ! -e "$XDG_RUNTIME_DIR/containers/auth.json" ] ||
    equal "$(jq -r "$entry" "$XDG_RUNTIME_DIR/containers/auth.json")" null
  # Logins of skopeo are found, too.
  skopeo login --tls-verify=false --authfile sk.json -u ana -p secret "$registry"
  equal "$(modulah login --get-login --authfile sk.json "$registry")" ana
}

@test "without a runtime directory, the login is stored in the home" {
  [ "$(id -u)" -eq 0 ] || skip "only root can become somebody who may not write to /run"
  need setpriv
  local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  if "${nobody[@]}" test -w /run; then skip "anybody may write to /run here"; fi
  start_password_registry
  # The test's own directories belong to root and are private.
  copy=$(mktemp -d /tmp/modulah-e2e.XXXXXX)
  cp "$program" "$copy/modulah"
  chmod -R a+rX "$copy"
  chmod 777 "$copy"
  run env -u XDG_RUNTIME_DIR HOME="$copy" "${nobody[@]}" \
    "$copy/modulah" login --tls-verify=false -u ana -p secret "$registry"
  kept=$(cat "$copy/.config/containers/auth.json" 2>&1) || true
  rm -rf "$copy"
  equal "$status" 0
  contains "$kept" "$registry"
}

@test "a stored login is tried before prompting" {
  start_password_registry
  modulah login --tls-verify=false -u ana -p secret "$registry"
  run --separate-stderr modulah login --tls-verify=false "$registry"
  equal "$status" 0
  equal "$output" "Already logged in to $registry"
  modulah login --tls-verify=false --authfile wrong.json -u ana -p secret "$registry"
  sed -i "s/\"auth\": .*/\"auth\": \"$(printf ana:old | base64)\"/" wrong.json
  run --separate-stderr modulah login --tls-verify=false --authfile wrong.json "$registry" </dev/null
  equal "$status" 2
  contains "$stderr" "rejected the password of \"ana\""
  contains "$stderr" "cannot prompt for a user name or password"
  [[ $stderr != *old* && $stderr != *"$(printf ana:old | base64)"* ]]
}

@test "no secret is shown, not even in debug lines" {
  start_password_registry
  build_app
  run modulah --log-level debug login --tls-verify=false -u ana --password-stdin "$registry" <<<secret
  equal "$status" 0
  said=$output
  run modulah --log-level debug push --tls-verify=false app "$registry/demo/app:v1"
  equal "$status" 0
  said+=$output
  run modulah --log-level debug push --tls-verify=false --creds ana:wrong app "$registry/demo/app:v1"
  equal "$status" 1
  said+=$output
  contains "$said" "$registry"
  [[ $said != *secret* && $said != *wrong* && $said != *"$(printf ana:secret | base64)"* &&
    $said != *"$(printf ana:wrong | base64)"* ]]
}

# start_token_registry: a registry that requires tokens, and a token server for ana.
start_token_registry() {
  need openssl docker-registry
  make_certificate token
  local port tokens
  port=$(free_port)
  tokens=127.0.0.1:$port
  timeout 600 python3 "$e2e/token_server.py" "$port" token ana secret >token.log 2>&1 3>&- &
  servers+=("$!")
  wait_for port_answers "$port"
  start_registry "auth:
  token: {realm: 'http://$tokens/token', service: test, issuer: test, rootcertbundle: $PWD/token/cert.pem}"
}

@test "with tokens" {
  build_app
  start_token_registry
  run modulah push -q --tls-verify=false app "$registry/demo/app:v1"
  equal "$status" 1
  modulah login --tls-verify=false -u ana -p secret "$registry"
  round_trip "$registry/demo/app:v1" --tls-verify=false
  contains "$(cat token.log)" "scope=repository"
  run modulah login --tls-verify=false -u ana -p wrong "$registry"
  equal "$status" 1
}

@test "a missing registry and a missing image are named" {
  build_app
  port=$(free_port)
  run modulah push -q --tls-verify=false --retry 0 app "127.0.0.1:$port/demo/app:v1"
  equal "$status" 1
  contains "$output" "127.0.0.1:$port"
  start_registry
  run modulah pull -q --tls-verify=false "$registry/demo/nothing:v1"
  equal "$status" 1
  contains "$output" "$registry/demo/nothing:v1"
}
