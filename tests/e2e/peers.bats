# What skopeo, umoci and buildah make of our images, and how buildah's own image of the same input
# compares.
load helper

skopeo_() { skopeo --insecure-policy "$@"; }

@test "skopeo inspects an image in the registry and copies it, digest and all" {
  need skopeo
  context app
  start_registry
  modulah build -q -t "$registry/demo/app:v1" app
  modulah push -q --tls-verify=false "$registry/demo/app:v1"
  run --separate-stderr skopeo_ inspect --override-os wasi --override-arch wasm \
    --tls-verify=false "docker://$registry/demo/app:v1"
  equal "$status" 0
  equal "$(jq -c '[.Os, .Architecture, .Env]' <<<"$output")" '["wasi","wasm",["GREETING=good day"]]'
  skopeo_ --override-os wasi --override-arch wasm copy -q --src-tls-verify=false --preserve-digests \
    "docker://$registry/demo/app:v1" oci:copied:v1
  equal "$(jq -r '.manifests[0].digest' copied/index.json)" "$(manifest_digest demo/app v1)"
}

@test "skopeo reads our layout and our archive" {
  need skopeo
  context app
  modulah build -q -t app:v1 app
  modulah push -q app:v1 oci:layout:v1
  modulah push -q app:v1 oci-archive:app.tar:v1
  for from in oci:layout:v1 oci-archive:app.tar:v1; do
    skopeo_ inspect --raw "$from" >manifest
    equal "$(sha256sum <manifest | cut -d' ' -f1)" \
      "$(modulah inspect app:v1 | jq -r '.[0].Digest // .[0].Digest // .Digest // .digest' | cut -d: -f2)"
  done
}

@test "we read what skopeo writes: a layout and an archive" {
  need skopeo
  context app
  modulah build -q -t oci:layout:v1 app
  skopeo_ copy -q oci:layout:v1 oci-archive:app.tar:v1
  skopeo_ copy -q oci:layout:v1 oci:other:v1
  for from in oci-archive:app.tar:v1 oci:other:v1; do
    modulah pull -q "$from"
  done
  equal "$(modulah images --json | jq length)" 1
}

@test "umoci unpacks our layout; the label becomes the runtime's annotation" {
  need umoci
  [ "$(id -u)" = 0 ] || skip "umoci unpacks owners as root only"
  context app
  # umoci makes bundles of Linux images only: "unsupported OS: wasi".
  modulah build -q --platform linux/amd64 -t oci:layout:v1 app
  umoci unpack --image layout:v1 bundle >/dev/null
  cmp bundle/rootfs/hello.wasm app/target/hello.wasm
  cmp bundle/rootfs/etc/hello/greeting.txt app/greeting.txt
  equal "$(jq -r '.annotations["module.wasm.image/variant"]' bundle/config.json)" compat
  equal "$(jq -c .process.args bundle/config.json)" '["/hello.wasm","world"]'
  contains "$(jq -c .process.env bundle/config.json)" '"GREETING=good day"'
}

# compare CONTEXT: buildah's image of it has the same files and the same configuration as ours.
compare() {
  modulah build -q -t oci:ours:v1 "$1"
  buildah_ bud -q --isolation chroot --timestamp 0 --os wasi --arch wasm -t theirs "$1" >/dev/null
  buildah_ push -q theirs oci:theirs:v1
  diff <(layout_files theirs) <(layout_files ours)
  local fields='[.os, .architecture, (.config | [
    .Entrypoint, .Cmd, (.WorkingDir // "/"), .User, .ExposedPorts,
    .Volumes, .StopSignal,
    ((.Env // []) | map(select(startswith("PATH=") | not))),
    ((.Labels // {}) | del(.["io.buildah.version"], .["module.wasm.image/variant"]))])]'
  diff <(layout_config theirs | jq -S "$fields") <(layout_config ours | jq -S "$fields")
}

@test "buildah's image of the C sample has the same files and configuration" {
  need_buildah
  context app
  compare app
}

@test "buildah's image of many instructions has the same files and configuration" {
  need_buildah
  mkdir -p app/tree/deep/er app/scripts
  echo one >app/tree/one
  echo two >app/tree/deep/two
  echo three >app/tree/deep/er/three
  ln -s one app/tree/link
  echo '#!/bin/sh' >app/scripts/run
  chmod 750 app/scripts/run
  chmod 700 app/tree/deep/er
  mkdir -p packed/inner
  echo packed >packed/inner/file
  chmod 640 packed/inner/file
  tar -C packed --owner 5 --group 6 --numeric-owner -cJf app/packed.tar.xz .
  cat >app/Containerfile <<'END'
# check=skip=EntryPointNotModule
FROM scratch
LABEL a=1 b="two words"
ENV ONE=1 TWO="2 ${UNSET:-and more}"
ARG NAME=value
WORKDIR /work
COPY tree/ ./tree/
COPY tree/one tree/deep/two /flat/
COPY --chown=12:34 scripts /scripts
COPY --chmod=604 tree/one /modes/one
COPY tree/o* /globbed/
ADD packed.tar.xz /packed/
ENV LAST=$NAME
EXPOSE 80 53/udp
VOLUME /data
USER 12:34
STOPSIGNAL SIGINT
ENTRYPOINT ["/scripts/run"]
CMD ["a", "b"]
END
  compare app
}
