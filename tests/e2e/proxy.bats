# Push and pull through a proxy, with http_proxy, https_proxy and no_proxy.
#
# The registry's name is r.test, which cannot be resolved: requests reach it only through the proxy,
# which connects to the registry's port for every host.
load helper

# start_proxy [USER:PASSWORD]: for `registry`; sets `proxy` to its 127.0.0.1:PORT, and logs requests
# to proxy.log.
start_proxy() {
  need python3
  local port
  port=$(free_port)
  proxy=127.0.0.1:$port
  : >proxy.log
  timeout 300 python3 "$e2e/proxy.py" "$port" "${registry##*:}" proxy.log "$@" 3>&- &
  servers+=("$!")
  wait_for port_answers "$port"
}

# With relative URLs, uploads continue under the name that the client used.
start_relative_registry() {
  start_registry "  relativeurls: true"
}

build_app() {
  mkdir -p app
  head -c 100000 /dev/urandom >app/data
  printf 'FROM scratch\nCOPY data /data\n' >app/Containerfile
  modulah build -q -t app app >/dev/null 2>&1
  unset http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY
}

@test "plain HTTP goes through http_proxy, in lower and upper case" {
  build_app
  start_relative_registry
  start_proxy
  http_proxy=http://$proxy modulah push -q --tls-verify=false app r.test/demo/app:v1
  contains "$(cat proxy.log)" "PUT http://r.test/v2/demo/app/manifests/v1"
  : >proxy.log
  HTTP_PROXY=$proxy "$program" --root other pull -q --tls-verify=false r.test/demo/app:v1
  contains "$(cat proxy.log)" "GET http://r.test/v2/demo/app/blobs/"
  fails 'host "r.test" cannot be resolved' modulah push -q --tls-verify=false --retry 0 app r.test/demo/app
  # Plain HTTP only when it is allowed.
  fails 'r.test does not speak TLS' \
    env https_proxy=http://$proxy http_proxy=http://$proxy "$program" --root "$store" push -q app r.test/a
  contains "$output" "Allow plain HTTP with --tls-verify=false."
}

@test "TLS goes through a tunnel of https_proxy, and the certificate is the registry's" {
  need openssl
  build_app
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=r.test \
    -addext subjectAltName=DNS:r.test -keyout key.pem -out cert.pem 2>/dev/null
  start_registry "  relativeurls: true
  tls: {certificate: $PWD/cert.pem, key: $PWD/key.pem}"
  start_proxy
  mkdir trusted
  cp cert.pem trusted/ca.crt
  fails "certificate of r.test:5000 is not trusted" \
    env https_proxy=http://$proxy "$program" --root "$store" push -q app r.test:5000/demo/app
  HTTPS_PROXY=http://$proxy modulah push -q --cert-dir trusted app r.test:5000/demo/app
  https_proxy=http://$proxy "$program" --root other pull -q --cert-dir trusted r.test:5000/demo/app
  equal "$(sort -u proxy.log)" "CONNECT r.test:5000"
}

@test "hosts in no_proxy and this machine do not use the proxy" {
  build_app
  start_relative_registry
  start_proxy
  export http_proxy=http://$proxy https_proxy=http://$proxy
  for entry in r.test .test '*' 'a.test, r.test:5000'; do
    fails 'host "r.test" cannot be resolved' \
      env no_proxy="$entry" "$program" --root "$store" push -q --retry 0 app r.test:5000/demo/app
  done
  modulah push -q app "$registry/demo/app"
  modulah push -q app "localhost:${registry##*:}/demo/app:v2"
  equal "$(cat proxy.log)" ""
  NO_PROXY=other.test modulah push -q --tls-verify=false app r.test/demo/app:v3
  contains "$(cat proxy.log)" "PUT http://r.test/v2/demo/app/manifests/v3"
}

@test "a proxy with a password" {
  build_app
  start_relative_registry
  start_proxy ana:secret
  http_proxy=http://ana:secret@$proxy modulah push -q --tls-verify=false app r.test/demo/app
  fails "the proxy for registry r.test requires a password" \
    env http_proxy=http://$proxy "$program" --root "$store" push -q --tls-verify=false app r.test/a
  # There is no retry.
  : >proxy.log
  fails "the proxy $proxy answered 407 and did not connect to r.test" \
    env https_proxy=http://ana:wrong@$proxy "$program" --root "$store" push app r.test/a
  [[ $output != *wrong* && $output != *"trying again"* ]]
  equal "$(sort -u proxy.log)" "CONNECT r.test:443"
}

@test "a proxy that is missing, refuses or is of an unknown kind is named, without its password" {
  build_app
  start_relative_registry
  start_proxy
  push() { env https_proxy="$1" "$program" --root "$store" push -q --retry 0 app refused.test/a; }
  fails "connect to the proxy 127.0.0.1:1: Connection refused" push http://ana:secret@127.0.0.1:1
  [[ $output != *secret* ]]
  fails "the proxy's host \"nowhere.test\" cannot be resolved" push http://ana:secret@nowhere.test:3128
  [[ $output != *secret* ]]
  fails "the proxy 127.0.0.1:1 has the scheme \"ftp\"" push ftp://ana:secret@127.0.0.1:1
  [[ $output != *secret* ]]
  fails "the proxy $proxy answered 403 and did not connect to refused.test" push "http://$proxy"
}
