# Archives and directories that other tools write and read: skopeo, buildah, docker's own form.
load helper

skopeo_() { skopeo --insecure-policy --override-os wasi --override-arch wasm "$@"; }

# The configuration of an image is the same wherever it is.
config_of() { modulah inspect -f '{{.Id}}' "$1"; }

@test "skopeo reads the docker-archive, oci-archive and directories that save writes" {
  need skopeo
  context app
  modulah build -q -t demo/app:v1 app
  modulah save -o app.tar demo/app:v1
  modulah save --format oci-archive -o app.oci demo/app:v1
  modulah save --format oci-dir -o layout demo/app:v1
  modulah save --format docker-dir -o dir demo/app:v1
  id=$(config_of demo/app:v1)
  for from in docker-archive:app.tar:localhost/demo/app:v1 docker-archive:app.tar \
    oci-archive:app.oci oci-archive:app.oci:localhost/demo/app:v1 oci:layout dir:dir; do
    run --separate-stderr skopeo_ inspect --config --raw "$from"
    equal "$status" 0
    equal "$(printf '%s' "$output" | jq -Sc .)" "$(modulah inspect --config --raw demo/app:v1 | jq -Sc .)"
  done
  equal "$(skopeo_ inspect --config --raw docker-archive:app.tar | sha256sum | cut -d' ' -f1)" "$id"
}

@test "we load what skopeo writes, with its names" {
  need skopeo
  context app
  modulah build -q -t demo/app:v1 app
  modulah save --format oci-archive -o app.oci demo/app:v1
  skopeo_ copy -q oci-archive:app.oci docker-archive:s.tar:example.com/demo/app:v2
  skopeo_ copy -q oci-archive:app.oci oci-archive:s.oci:example.com/demo/app:v3
  skopeo_ copy -q oci-archive:app.oci dir:s.dir
  equal "$(modulah load -q -i s.tar)" "Loaded image: example.com/demo/app:v2"
  equal "$(modulah load -q -i s.oci)" "Loaded image: example.com/demo/app:v3"
  modulah load -q -i s.dir
  equal "$(config_of example.com/demo/app:v2)" "$(config_of demo/app:v1)"
  equal "$(config_of example.com/demo/app:v3)" "$(config_of demo/app:v1)"
  equal "$(modulah pull -q docker-archive:s.tar)" "$(config_of demo/app:v1)"
  run modulah run example.com/demo/app:v2
  equal "$status" 0
}

@test "buildah pulls a docker-archive and an oci-archive under the image's name" {
  need_buildah
  context app
  modulah build -q --platform linux/amd64 -t demo/app:v1 app 2>/dev/null
  modulah save demo/app:v1 >app.tar
  modulah save --format oci-archive demo/app:v1 >app.oci
  for from in docker-archive:app.tar oci-archive:app.oci; do
    buildah_ pull -q "$from"
    equal "$(buildah_ images --format '{{.Name}}:{{.Tag}}')" "localhost/demo/app:v1"
    buildah_ rmi -a -f >/dev/null
  done
}

@test "umoci reads the layout that save writes" {
  need umoci
  context app
  modulah build -q -t demo/app:v1 app
  modulah save --format oci-dir -o layout demo/app:v1
  equal "$(umoci ls --layout layout)" "localhost/demo/app:v1"
}

@test "all tags of a repository are pulled, and inspected without pulling" {
  context app
  start_registry
  for tag in v1 v2; do
    modulah build -q -t "$registry/demo/app:$tag" --label "tag=$tag" app
    modulah push -q --tls-verify=false "$registry/demo/app:$tag"
  done
  modulah rmi --all >/dev/null 2>&1
  equal "$(modulah inspect --tls-verify=false -f '{{.Labels.tag}} {{.RepoTags}}' "docker://$registry/demo/app:v2")" \
    "v2 [$registry/demo/app:v2]"
  equal "$(modulah manifest inspect --tls-verify=false --raw "$registry/demo/app:v1" | sha256sum | cut -d' ' -f1)" \
    "$(manifest_digest demo/app v1 | cut -d: -f2)"
  equal "$(modulah images -q)" ""
  equal "$(modulah pull -q --tls-verify=false -a "$registry/demo/app" | wc -l)" 2
  equal "$(modulah images --format '{{.Tag}}' | sort | tr '\n' ' ')" "v1 v2 "
}
