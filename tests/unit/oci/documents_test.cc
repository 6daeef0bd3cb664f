#include "modulah/oci/image_config.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::oci;

namespace {

const std::string kDigest = Digest::of("x").text();

std::string manifest_error(std::string_view json) {
  return test::error_of([&] { (void)parse_manifest(json, "manifest"); });
}

Manifest sample_manifest() {
  Manifest manifest{std::string(media_type::kOciManifest),
                    "",
                    {std::string(media_type::kOciConfig), Digest::of("c"), 1},
                    {{std::string(media_type::kOciLayerGzip), Digest::of("l"), 2}},
                    std::nullopt,
                    {{"module.wasm.image/variant", "compat"}}};
  return manifest;
}

}  // namespace

TEST_CASE("a manifest is written with the specification's order of keys") {
  CHECK(to_json(sample_manifest()) ==
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
        "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"" +
            Digest::of("c").text() +
            "\",\"size\":1},\"layers\":[{\"mediaType\":\"application/"
            "vnd.oci.image.layer.v1.tar+gzip\","
            "\"digest\":\"" +
            Digest::of("l").text() +
            "\",\"size\":2}],\"annotations\":{\"module.wasm.image/variant\":\"compat\"}}");
}

TEST_CASE("a Docker manifest has no place for annotations") {
  Manifest manifest = sample_manifest();
  manifest.media_type = media_type::kDockerManifest;
  CHECK(to_json(manifest).find("annotations") == std::string::npos);
}

TEST_CASE("a manifest that was written is read as the same") {
  const Manifest manifest = sample_manifest();
  const Manifest again = parse_manifest(to_json(manifest), "manifest");
  CHECK(to_json(again) == to_json(manifest));
  CHECK(again.layers == manifest.layers);
}

TEST_CASE("parse_manifest names the place of what is wrong") {
  CHECK(manifest_error("{") == "manifest: offset 2: not JSON");
  CHECK(manifest_error("[]") == "manifest: the document is not an object");
  CHECK(manifest_error("{\"schemaVersion\":3}") ==
        "manifest: the document has the schemaVersion 3, not 2");
  CHECK(manifest_error("{\"schemaVersion\":2}") == "manifest: the document has no \"config\"");
  CHECK(manifest_error("{\"schemaVersion\":1}") ==
        "manifest: the document is a Docker schema 1 manifest");
  const std::string config =
      "\"config\":{\"mediaType\":\"m\",\"digest\":\"" + kDigest + "\",\"size\":1}";
  CHECK(manifest_error("{\"schemaVersion\":2," + config +
                       ",\"layers\":[{\"mediaType\":\"m\","
                       "\"digest\":\"" +
                       kDigest + "\",\"size\":-1}]}") ==
        "manifest: layers[0].size is -1, less than 0");
  CHECK(manifest_error("{\"schemaVersion\":2," + config + ",\"layers\":[{\"mediaType\":1}]}") ==
        "manifest: layers[0].mediaType is number, not a text");
  CHECK(manifest_error("{\"schemaVersion\":2," + config +
                       ",\"layers\":[{\"mediaType\":\"m\",\"digest\":\"sha256:1\",\"size\":1}]}") ==
        "manifest: layers[0].digest is wrong: digest \"sha256:1\" has 1 hex digits, not 64");
  CHECK(manifest_error(std::string(40, '[')) == "manifest: offset 32: nested deeper than 32");
  CHECK(manifest_error("{\"schemaVersion\":2e999}") == "manifest: a number in it is too large");
}

TEST_CASE("null counts as absent, as registries write it") {
  const ImageConfig config = parse_image_config(
      "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":null,\"Labels\":null,"
      "\"Env\":null},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null}}",
      "config");
  CHECK_FALSE(config.config.command.has_value());
  CHECK(config.config.labels.empty());
  CHECK(config.diff_ids.empty());
}

TEST_CASE("a configuration has no empty values and is read as it was written") {
  ImageConfig image;
  image.platform = Platform::parse("wasi/wasm");
  CHECK(to_json(image) ==
        "{\"architecture\":\"wasm\",\"os\":\"wasi\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]"
        "}}");
  image.created = "1970-01-01T00:00:00Z";
  image.config.command = {"/app.wasm"};
  image.config.exposed_ports = {"80/tcp"};
  image.config.healthcheck = Healthcheck{{"NONE"}, std::chrono::seconds(1), {}, {}, {}, 2};
  image.config.labels = {{"a", "b"}};
  image.diff_ids = {Digest::of("l")};
  image.history = {{image.created, "COPY app.wasm /", "", "", false}, {"", "CMD", "", "", true}};
  const std::string json = to_json(image);
  CHECK(to_json(parse_image_config(json, "config")) == json);
  CHECK(json.find("\"Healthcheck\":{\"Test\":[\"NONE\"],\"Interval\":1000000000,\"Retries\":2}") !=
        std::string::npos);
}

TEST_CASE("a configuration that is not UTF-8 is refused") {
  ImageConfig image;
  image.author = "\xff";
  CHECK(test::error_of([&] { (void)to_json(image); }) ==
        "image configuration has a text that is not UTF-8");
}

TEST_CASE("find_platform prefers the exact variant and never takes unknown/unknown") {
  const auto entry = [](std::string_view platform, std::string_view content) {
    Descriptor descriptor{std::string(media_type::kOciManifest), Digest::of(content), 1};
    descriptor.platform = Platform::parse(platform);
    return descriptor;
  };
  Index index;
  index.manifests = {entry("unknown/unknown", "p"), entry("linux/arm64", "a"),
                     entry("linux/arm64/v8", "b"), entry("wasi/wasm", "w")};
  CHECK(find_platform(index, Platform::parse("linux/arm64/v8")) == &index.manifests[2]);
  CHECK(find_platform(index, Platform::parse("linux/arm64/v7")) == &index.manifests[1]);
  CHECK(find_platform(index, Platform::parse("wasi/wasm")) == &index.manifests[3]);
  CHECK(find_platform(index, Platform::parse("linux/amd64")) == nullptr);
  CHECK(find_platform(index, Platform::parse("unknown/unknown")) == nullptr);
  CHECK(to_json(parse_index(to_json(index), "index")) == to_json(index));
}
