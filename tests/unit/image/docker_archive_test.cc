#include "modulah/image/docker_archive.h"

#include <functional>

#include "modulah/base/compress.h"
#include "modulah/base/files.h"
#include "modulah/image/tar.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/memory_store.h"

using namespace modulah;
using image::DockerArchiveReader;
using image::DockerArchiveWriter;

namespace {

std::string compressed(std::string_view text, Compression compression) {
  StringSink out;
  const auto compressor = make_compressor(compression, out, 1);
  compressor->write(as_bytes(text));
  compressor->finish();
  return out.text;
}

std::string config_of(const std::vector<std::string>& layers) {
  std::string list;
  for (const std::string& layer : layers)
    list += (list.empty() ? "\"" : ",\"") + oci::Digest::of(layer).text() + "\"";
  return R"({"architecture":"wasm","os":"wasi","rootfs":{"type":"layers","diff_ids":[)" + list +
         "]}}";
}

/// An image of these plain layers, stored compressed.
oci::Descriptor put_layers(test::MemoryStore& store, const std::vector<std::string>& layers) {
  oci::Manifest manifest{std::string(oci::media_type::kOciManifest),
                         "",
                         store.add(oci::media_type::kOciConfig, config_of(layers)),
                         {},
                         std::nullopt,
                         {{"a", "b"}}};
  for (const std::string& layer : layers)
    manifest.layers.push_back(
        store.add(oci::media_type::kOciLayerGzip, compressed(layer, Compression::gzip)));
  return store.add(oci::media_type::kOciManifest, oci::to_json(manifest));
}

struct Member {
  std::string path;
  std::string content;
  image::EntryType type = image::EntryType::file;
};

/// A tar on disk.
struct Tar {
  explicit Tar(const std::vector<Member>& members) {
    std::string text;
    for (const Member& member : members) {
      image::TarEntry entry;
      entry.path = member.path;
      entry.type = member.type;
      const bool is_file = member.type == image::EntryType::file;
      if (is_file) entry.size = member.content.size();
      if (!is_file) entry.link_target = member.content;
      image::append_tar_header(text, entry);
      if (!is_file) continue;
      text += member.content;
      text.append(image::tar_padding(member.content.size()), '\0');
    }
    text.append(image::kTarEndBytes, '\0');
    write_file(path, text);
  }
  [[nodiscard]] std::string error() const {
    const std::string message = test::error_of([&] { DockerArchiveReader reader(path); });
    const std::string prefix = path.native();
    return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
  }

  TempDir directory{std::filesystem::temp_directory_path()};
  std::filesystem::path path = directory.path() / "a.tar";
};

}  // namespace

TEST_CASE("an image comes out of a docker-archive with plain layers and its configuration") {
  test::MemoryStore store;
  const oci::Descriptor root = put_layers(store, {"one", "two", "one"});
  const TempDir directory(std::filesystem::temp_directory_path());
  const std::filesystem::path path = directory.path() / "a.tar";
  DockerArchiveWriter writer(path);
  const image::CopyResult copied = writer.add(store, root, {"localhost/app:v1"});
  CHECK(copied.blobs_copied == 3);
  CHECK(copied.blobs_skipped == 1);
  CHECK_FALSE(std::filesystem::exists(path));
  writer.commit();

  DockerArchiveReader reader(path);
  REQUIRE(reader.images().size() == 1);
  CHECK(reader.images()[0].names == std::vector<std::string>{"localhost/app:v1"});
  const oci::Descriptor found = *reader.resolve("");
  CHECK(reader.resolve("app:v1")->digest == found.digest);
  CHECK_FALSE(reader.resolve("app:v2").has_value());
  const oci::Manifest manifest =
      oci::parse_manifest(oci::read_blob(reader, found, 1 << 20), "manifest");
  CHECK(manifest.config.digest == oci::Digest::of(config_of({"one", "two", "one"})));
  REQUIRE(manifest.layers.size() == 3);
  CHECK(manifest.layers[1].media_type == oci::media_type::kOciLayer);
  CHECK(oci::read_blob(reader, manifest.layers[1], 100) == "two");
}

TEST_CASE("names in a docker-archive are completed as docker does") {
  const Tar tar(
      {{"c.json", config_of({})},
       {"manifest.json", R"([{"Config":"c.json","RepoTags":["busybox:latest"],"Layers":null}])"}});
  DockerArchiveReader reader(tar.path);
  CHECK(reader.images()[0].names == std::vector<std::string>{"docker.io/library/busybox:latest"});
  CHECK(reader.resolve("busybox").has_value());
}

TEST_CASE("compressed layers of a docker-archive are read as they are") {
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const std::string layer = compressed("one", compression);
    const Tar tar({{"c.json", config_of({"one"})},
                   {"l", layer},
                   {"manifest.json", R"([{"Config":"c.json","Layers":["l"]}])"}});
    DockerArchiveReader reader(tar.path);
    const oci::Manifest manifest =
        oci::parse_manifest(oci::read_blob(reader, *reader.resolve(""), 1 << 20), "manifest");
    CHECK(manifest.layers[0].digest == oci::Digest::of(layer));
    CHECK(oci::read_blob(reader, manifest.layers[0], 1000) == layer);
  }
}

TEST_CASE("a layer that is not what its diff id says is found when it is read") {
  const Tar tar({{"c.json", config_of({"one"})},
                 {"l", "two"},
                 {"manifest.json", R"([{"Config":"c.json","Layers":["l"]}])"}});
  DockerArchiveReader reader(tar.path);
  const oci::Manifest manifest =
      oci::parse_manifest(oci::read_blob(reader, *reader.resolve(""), 1 << 20), "manifest");
  CHECK(test::kind_of_error([&] { (void)oci::read_blob(reader, manifest.layers[0], 100); }) ==
        "corrupt");
}

TEST_CASE("a docker-archive whose list is wrong is refused") {
  struct Case {
    std::string list;
    std::string error;
  };
  const Case cases[] = {
      {"{}", ": manifest.json is not a JSON array"},
      {"[", ": manifest.json is not a JSON array"},
      {"[]", ": manifest.json lists no image"},
      {"[1]", ": manifest.json has an entry that is not an object"},
      {"[{}]", ": manifest.json has an entry without Config"},
      {R"([{"Config":"c.json","Layers":{}}])", ": manifest.json has a Layers that is not an array"},
      {R"([{"Config":"c.json","Layers":[1]}])", ": manifest.json has Layers that are not texts"},
      {R"([{"Config":"none.json","Layers":[]}])",
       ": manifest.json names \"none.json\", which is not there"},
      {R"([{"Config":"c.json","Layers":[]}])",
       ": c.json has 1 diff ids, and manifest.json lists 0 layers"},
      {R"([{"Config":"c.json","Layers":["link"]}])", ": \"link\" is a link, which is not followed"},
      {R"([{"Config":"hard","Layers":["l"]}])", ": \"hard\" is a link, which is not followed"},
      {R"([{"Config":"c.json","Layers":["l"],"RepoTags":["UPPER:x"]}])",
       ": manifest.json: image name \"UPPER:x\" has upper-case letters in \"UPPER\""},
  };
  for (const Case& c : cases) {
    INFO(c.list);
    const Tar tar({{"c.json", config_of({"one"})},
                   {"l", "one"},
                   {"link", "l", image::EntryType::symlink},
                   {"hard", "c.json", image::EntryType::hardlink},
                   {"manifest.json", c.list}});
    CHECK(tar.error() == c.error);
  }
  const Tar outside({{"c.json", config_of({"one"})},
                     {"manifest.json", R"([{"Config":"../../c.json","Layers":[]}])"}});
  CHECK(outside.error().starts_with(": manifest.json: "));
  CHECK(Tar(std::vector<Member>{{"x", "y"}}).error() == " has no manifest.json in it");
}

TEST_CASE("what is not an image of layers does not go into a docker-archive") {
  test::MemoryStore store;
  const TempDir directory(std::filesystem::temp_directory_path());
  DockerArchiveWriter writer(directory.path() / "a.tar");
  oci::Manifest manifest{std::string(oci::media_type::kOciManifest),
                         "",
                         store.add(oci::media_type::kWasmConfig, "{}"),
                         {store.add(oci::media_type::kWasmLayer, "module")},
                         std::nullopt,
                         {}};
  const oci::Descriptor artifact = store.add(oci::media_type::kOciManifest, oci::to_json(manifest));
  CHECK(test::error_of([&] { (void)writer.add(store, artifact, {}); }) ==
        "manifest " + artifact.digest.text() +
            " is not an image's: its configuration is application/vnd.wasm.config.v0+json");
}
