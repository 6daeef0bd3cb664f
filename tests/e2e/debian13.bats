# The runtimes that Debian 12 does not have, in a Debian 13 root directory: podman, crun with its
# Wasm handler, and wasmedge run our image from a registry.
load helper

root_script=$e2e/debian13-root.sh

setup_file() {
  local reason
  reason=$("$BATS_TEST_DIRNAME/debian13-root.sh" ensure) || echo "$reason" >"$BATS_FILE_TMPDIR/reason"
}

# inside COMMAND...: in the root directory, with this test's directory as /mnt.
inside() { MODULAH_D13_SHARE=$BATS_TEST_TMPDIR "$root_script" exec "$@"; }

podman_() { inside podman --runtime-flag=cgroup-manager=disabled "$@"; }

# push_app [BUILD OPTIONS]: the C sample in a registry, as $registry/demo/app:v1.
push_app() {
  if [ -e "$BATS_FILE_TMPDIR/reason" ]; then skip "$(cat "$BATS_FILE_TMPDIR/reason")"; fi
  context app
  start_registry
  image=$registry/demo/app:v1
  modulah build -q "$@" -t "$image" app
  modulah push -q --tls-verify=false "$image"
}

@test "podman runs the image with no flag: the platform picks crun-wasm" {
  push_app
  run --separate-stderr podman_ run --rm "$image" podman
  contains "$output" "Hello, podman!"
  contains "$output" "environment: GREETING=good day"
  equal "$status" 0
}

@test "podman runs an image of another platform by the annotation" {
  push_app --platform linux/amd64
  run --separate-stderr podman_ run --rm --annotation module.wasm.image/variant=compat "$image" flag
  contains "$output" "Hello, flag!"
  equal "$status" 0
}

@test "podman runs an optimised image" {
  push_app --optimize
  run --separate-stderr podman_ run --rm "$image" small
  contains "$output" "Hello, small!"
  equal "$status" 0
}

@test "podman kube play runs the image by the annotation of the Pod" {
  push_app
  cat >pod.yaml <<END
apiVersion: v1
kind: Pod
metadata:
  name: e2e
  annotations: {module.wasm.image/variant: compat}
spec:
  restartPolicy: Never
  hostNetwork: true
  containers:
  - {name: app, image: "$image", args: [kube]}
END
  inside bash -c '
    podman --runtime-flag=cgroup-manager=disabled kube play --tls-verify=false /mnt/pod.yaml
    podman wait e2e-app
    podman logs e2e-app
    podman --runtime-flag=cgroup-manager=disabled kube down /mnt/pod.yaml' >output 2>errors || {
    cat output errors >&2
    return 1
  }
  contains "$(cat output)" "Hello, kube!"
}

@test "crun runs the bundle that umoci makes of our layout, by the label" {
  # umoci 0.5 makes bundles of Linux images only.
  push_app --platform linux/amd64
  modulah push -q "$image" oci:layout:v1
  inside umoci unpack --image /mnt/layout:v1 /mnt/bundle >/dev/null
  # umoci's bundle wants a terminal and namespaces that not every machine lets one have.
  jq '.process.terminal = false | .process.args = ["/hello.wasm", "crun"]
      | .linux.namespaces |= map(select(.type == "mount" or .type == "pid"))
      | del(.linux.resources) | del(.hostname)
      | .mounts |= map(select(.type != "cgroup" and .destination != "/dev/mqueue"
                              and .destination != "/sys"))' \
    bundle/config.json >config && cp config bundle/config.json
  equal "$(jq -r '.annotations["module.wasm.image/variant"]' bundle/config.json)" compat
  run --separate-stderr inside crun --cgroup-manager=disabled run --bundle /mnt/bundle "e2e-$$"
  contains "$output" "Hello, crun!"
  equal "$status" 0
}

@test "wasmedge runs the module, optimised or not" {
  push_app
  mkdir -p guest/etc/hello
  cp app/greeting.txt guest/etc/hello
  run --separate-stderr inside wasmedge --dir /:/mnt/guest /mnt/app/target/hello.wasm edge 6
  contains "$output" "Hello, edge!"
  contains "$output" "This line comes from a file of the image."
  equal "$status" 6
}

@test "skopeo and buildah of Debian 13 read the image" {
  push_app
  inside skopeo --override-os wasi --override-arch wasm inspect --tls-verify=false \
    "docker://$image" >inspected
  equal "$(jq -r .Os inspected)" wasi
  inside skopeo --override-os wasi --override-arch wasm copy -q --preserve-digests \
    --src-tls-verify=false "docker://$image" oci:/mnt/copied:v1
  equal "$(jq -r '.manifests[0].digest' copied/index.json)" "$(manifest_digest demo/app v1)"
  inside buildah --storage-driver vfs --root /tmp/c --runroot /tmp/r pull -q --os wasi --arch wasm \
    --tls-verify=false "docker://$image"
}
