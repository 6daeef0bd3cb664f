// Tools that we did not write read what we write.
#include <cstdlib>

#include <fmt/format.h>

#include "modulah/base/files.h"
#include "modulah/image/archive.h"
#include "modulah/image/blob_writer.h"
#include "modulah/image/copy.h"
#include "modulah/image/edit.h"
#include "modulah/layer/unpack.h"
#include "modulah/store/layout_store.h"

#include "layer_helpers.h"
#include "modulah_test/catch.h"

using namespace modulah;
using namespace modulah::layer;
using test::Item;
using test::make_file;

namespace fs = std::filesystem;

namespace {

std::vector<Item> sample() {
  std::vector<Item> items = {
      test::make_directory("app"),
      make_file("app/main.wasm", test::noise(700'000), 0755),
      make_file("app/gr\xc3\xbc\xc3\x9f"
                "e",
                "hello"),
      test::make_symlink("app/link", "main.wasm"),
      test::make_hardlink("app/same", "app/main.wasm"),
      make_file("app/" + std::string(180, 'n'), "long"),
      make_file(fmt::format("{0}/{0}/{0}/deep", std::string(90, 'd')), "deep")};
  items[2].entry.mtime = 1'000'000'000;
  return items;
}

/// An image with one layer of the sample.
oci::Descriptor put_sample(store::LayoutStore& store, Compression compression,
                           const char* platform = "wasi/wasm") {
  LayerOptions options;
  options.compression = compression;
  options.threads = 2;
  const LayerResult layer = test::write_layer(store.begin_blob(), sample(), options);
  image::Image image;
  image.config.platform = oci::Platform::parse(platform);
  image = image::append_layer(image, {layer.descriptor, layer.diff_id}, {});
  const oci::Descriptor config =
      image::put_document(store, oci::media_type::kOciConfig, oci::to_json(image.config));
  return image::put_document(store, oci::media_type::kOciManifest,
                             oci::to_json(image::make_manifest(image, config, oci::Format::oci)));
}

/// The output of a command, or its failure.
std::string run(const std::string& command) {
  const TempDir directory(fs::temp_directory_path());
  const std::string out = (directory.path() / "out").native();
  const int status = std::system(fmt::format("( {} ) >{} 2>&1", command, out).c_str());
  const std::string text = read_file(out, 1 << 20);
  return status == 0 ? text : fmt::format("{}: ended with {}: {}", command, status, text);
}

void check_unpacked(const fs::path& root) {
  for (const Item& item : sample()) {
    CAPTURE(item.entry.path);
    if (item.entry.type == EntryType::file)
      CHECK(read_file(root / item.entry.path, 1 << 20) == item.content);
  }
  CHECK(fs::read_symlink(root / "app/link") == "main.wasm");
  CHECK(fs::hard_link_count(root / "app/same") == 2);
}

}  // namespace

TEST_CASE("GNU tar unpacks our layers without a word") {
  if (!test::has_program("tar")) return;
  for (const Compression compression : {Compression::none, Compression::gzip}) {
    const TempDir directory(fs::temp_directory_path());
    test::MemoryStore store;
    LayerOptions options;
    options.compression = compression;
    const auto layer = test::write_layer(store.begin_blob(), sample(), options).descriptor;
    write_file(directory.path() / "layer.tar", store.text_of(layer.digest));
    CHECK(run(fmt::format("cd {} && mkdir root && tar -C root -xf layer.tar",
                          directory.path().native())) == "");
    check_unpacked(directory.path() / "root");
  }
}

TEST_CASE("umoci unpacks an image out of our layout") {
  if (!test::has_program("umoci")) return;
  const TempDir directory(fs::temp_directory_path());
  {
    store::LayoutStore store(directory.path() / "oci", store::Access::write, store::Role::layout);
    // It knows no wasi.
    store.tag("v1", put_sample(store, Compression::gzip, "linux/amd64"));
  }
  const std::string output = run(fmt::format(
      "cd {} && umoci unpack --rootless --image oci:v1 bundle", directory.path().native()));
  INFO(output);
  REQUIRE(fs::exists(directory.path() / "bundle/rootfs"));
  check_unpacked(directory.path() / "bundle/rootfs");
}

TEST_CASE("skopeo copies out of our layout and archive, and we read what it wrote") {
  if (!test::has_program("skopeo")) return;
  const TempDir directory(fs::temp_directory_path());
  const fs::path in = directory.path();
  store::LayoutStore store(in / "oci", store::Access::write, store::Role::layout);
  const oci::Descriptor manifest = put_sample(store, Compression::gzip);
  store.tag("v1", manifest);
  {
    image::ArchiveWriter archive(in / "ours.tar");
    (void)image::copy_image(store, archive, manifest);
    archive.tag("v1", manifest);
    archive.commit();
  }
  const std::string skopeo = "skopeo --insecure-policy --override-os wasi --override-arch wasm ";
  for (const char* from : {"oci:oci:v1", "oci-archive:ours.tar:v1"}) {
    CAPTURE(from);
    CHECK(run(fmt::format("cd {} && {} inspect --format '{{{{.Digest}}}}' {}", in.native(), skopeo,
                          from)) == manifest.digest.text() + "\n");
    fs::remove(in / "theirs.tar");
    CHECK(run(fmt::format("cd {} && {} copy -q --preserve-digests {} oci-archive:theirs.tar:v2",
                          in.native(), skopeo, from)) == "");
    image::ArchiveReader archive(in / "theirs.tar");
    const auto copied = archive.resolve("v2");
    REQUIRE(copied.has_value());
    CHECK(copied->digest == manifest.digest);
    test::MemoryStore out;
    CHECK(image::copy_image(archive, out, *copied).blobs_copied == 3);
  }
  CHECK(run(fmt::format("cd {} && {} copy -q --preserve-digests oci:oci:v1 oci:oci:v3", in.native(),
                        skopeo)) == "");
  CHECK(store.resolve("v3")->digest == manifest.digest);
  CHECK(store.resolve("v1")->digest == manifest.digest);
}

TEST_CASE("we unpack what umoci packed") {
  if (!test::has_program("umoci")) return;
  const TempDir directory(fs::temp_directory_path());
  const std::string in = directory.path().native();
  const std::string output = run(
      fmt::format("cd {0} && umoci init --layout oci && umoci new --image oci:v1 && umoci unpack "
                  "--rootless --image oci:v1 b && mkdir -p b/rootfs/d && echo hi >b/rootfs/d/f "
                  "&& ln -s d b/rootfs/l && umoci repack --image oci:v1 b && rm b/rootfs/l && "
                  "umoci unpack --rootless --image oci:v1 c && rm c/rootfs/l && echo 2 "
                  ">c/rootfs/d/g && umoci repack --image oci:v1 c",
                  in));
  INFO(output);
  store::LayoutStore store(directory.path() / "oci", store::Access::read, store::Role::layout);
  const auto manifest = store.resolve("v1");
  REQUIRE(manifest.has_value());
  const oci::Manifest parsed =
      oci::parse_manifest(oci::read_blob(store, *manifest, oci::kMaxDocumentBytes), "manifest");
  CHECK(parsed.layers.size() == 2);
  fs::create_directory(directory.path() / "ours");
  (void)unpack_layers(store, parsed.layers, directory.path() / "ours");
  CHECK(read_file(directory.path() / "ours/d/f", 10) == "hi\n");
  CHECK(read_file(directory.path() / "ours/d/g", 10) == "2\n");
  CHECK_FALSE(fs::exists(directory.path() / "ours/l"));
  const auto found = find_file(store, parsed.layers, "d/f", 10);
  REQUIRE(found.has_value());
  CHECK(found->bytes == "hi\n");
}
