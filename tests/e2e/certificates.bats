# Registries with TLS that require a client certificate, and those with a private CA.
load helper

setup_file() { need openssl docker-registry; }

build_app() {
  mkdir -p app
  head -c 10000 /dev/urandom >app/data
  printf 'FROM scratch\nCOPY data /data\n' >app/Containerfile
  modulah build -q -t app app >/dev/null 2>&1
}

# certify NAME: NAME.key and NAME.cert, signed by the CA in authority.crt, which is created first.
certify() {
  [ -e authority.crt ] || openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority \
    -keyout authority.key -out authority.crt 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  printf 'subjectAltName=IP:127.0.0.1\n' >extensions
  openssl x509 -req -in "$1.csr" -CA authority.crt -CAkey authority.key -CAcreateserial -days 2 \
    -extfile extensions -out "$1.cert" 2>/dev/null
}

# start_strict_registry [VERSION]: one with TLS that requires a client certificate of the CA.
start_strict_registry() {
  certify server
  certify client
  start_registry "  tls:
    certificate: $PWD/server.cert
    key: $PWD/server.key
    minimumtls: tls${1:-1.2}
    clientcas: [$PWD/authority.crt]"
}

# directory NAME FILE...: a directory for --cert-dir.
directory() {
  local name=$1
  shift
  mkdir -p "$name"
  cp "$@" "$name"
}

# fails_once TEXT COMMAND...: the command exits with 1, prints TEXT, and does not retry.
fails_once() {
  fails "$@"
  [[ $output != *"trying again"* ]]
}

@test "a client certificate and its key are used, by --cert-dir" {
  build_app
  start_strict_registry
  directory all authority.crt client.cert client.key
  modulah push -q --cert-dir all app "$registry/demo/app:v1"
  "$program" --root other pull -q --cert-dir all "$registry/demo/app:v1"
  modulah login --cert-dir all -u ana -p any "$registry"
  # The client certificate is also used without verification of the server.
  directory ours client.cert client.key
  modulah push -q --cert-dir ours --tls-verify=false app "$registry/demo/app:v2"
}

@test "certificates in the home are found by the registry's name" {
  build_app
  start_strict_registry 1.3
  directory "$HOME/.config/containers/certs.d/$registry" authority.crt client.cert client.key
  modulah push -q app "$registry/demo/app:v1"
  rm -r "$HOME/.config/containers/certs.d"
  fails_once "is not trusted" modulah push app "$registry/demo/app:v2"
  XDG_CONFIG_HOME=$PWD/config
  export XDG_CONFIG_HOME
  directory "config/containers/certs.d/$registry" authority.crt client.cert client.key
  modulah push -q app "$registry/demo/app:v3"
}

@test "SSL_CERT_FILE has the trusted CA certificates" {
  build_app
  certify server
  start_registry "  tls: {certificate: $PWD/server.cert, key: $PWD/server.key}"
  SSL_CERT_FILE=authority.crt modulah push -q app "$registry/demo/app:v1"
  fails_once "the certificate of $registry is not trusted: " \
    env SSL_CERT_FILE=none.crt "$program" --root "$store" push app "$registry/demo/app:v1"
}

@test "certificates in /etc are found by the registry's name" {
  # A private /etc for this command.
  [ -d /etc/containers ] || skip "/etc/containers is not there"
  unshare -m true 2>/dev/null || skip "mounts of one's own are not allowed"
  build_app
  start_strict_registry
  directory "etc/certs.d/$registry" authority.crt client.cert client.key
  export program store registry
  unshare -m bash -euc 'mount --bind etc /etc/containers
    "$program" --root "$store" push -q app "$registry/demo/app:v1"'
}

@test "a missing or wrong client certificate is reported with a hint" {
  build_app
  start_strict_registry 1.3
  directory none authority.crt
  fails_once "$registry requires a client certificate: " modulah push --cert-dir none app "$registry/a"
  contains "$output" "client.cert and client.key"
  fails_once "$registry requires a client certificate: " \
    modulah push --tls-verify=false app "$registry/a"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout other.key \
    -out other.cert 2>/dev/null
  directory wrong authority.crt other.cert other.key
  fails_once "$registry rejected the client certificate: " modulah push --cert-dir wrong app "$registry/a"
  fails_once "the certificate of $registry is not trusted: " modulah push app "$registry/a"
}

@test "TLS 1.2 rejects the handshake itself, and plain HTTP is not tried" {
  build_app
  certify server
  certify client
  port=$(free_port)
  timeout 60 openssl s_server -accept "127.0.0.1:$port" -tls1_2 -cert server.cert -key server.key \
    -CAfile authority.crt -Verify 1 -verify_return_error -quiet >server.log 2>&1 3>&- &
  servers+=("$!")
  wait_for port_answers "$port"
  directory none authority.crt
  fails_once "127.0.0.1:$port rejected the TLS handshake: handshake failure" \
    modulah push --cert-dir none app "127.0.0.1:$port/a"
  fails_once "127.0.0.1:$port rejected the TLS handshake: handshake failure" \
    modulah push --tls-verify=false app "127.0.0.1:$port/a"
}

@test "certificate files that are missing, do not match or are malformed are named" {
  build_app
  start_strict_registry
  directory half client.cert
  fails_once "certificate $PWD/half/client.cert has no client.key" \
    modulah push --cert-dir half app "$registry/a"
  directory key client.key
  fails_once "key $PWD/key/client.key has no client.cert" modulah push --cert-dir key app "$registry/a"
  directory mixed authority.crt client.cert
  cp server.key mixed/client.key
  fails_once "the client certificate for $registry cannot be used: " \
    modulah push --cert-dir mixed app "$registry/a"
  # There is no prompt for a password.
  directory locked authority.crt client.cert
  openssl rsa -aes128 -passout pass:secret -in client.key -out locked/client.key 2>/dev/null
  fails_once "the client certificate for $registry cannot be used: " \
    modulah push --cert-dir locked app "$registry/a" </dev/null
  directory junk client.cert client.key
  echo junk >junk/authority.crt
  fails_once "$PWD/junk/authority.crt is not a certificate in PEM format" \
    modulah push --cert-dir junk app "$registry/a"
  printf -- '-----BEGIN CERTIFICATE-----\nanVuaw==\n-----END CERTIFICATE-----\n' >junk/authority.crt
  fails_once "the CA certificates for $registry cannot be read: " \
    modulah push --cert-dir junk app "$registry/a"
}
