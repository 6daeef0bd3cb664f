#include "modulah/image/copy.h"

#include <algorithm>

#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/memory_store.h"

using namespace modulah;
using namespace modulah::image;
using oci::Descriptor;
using test::MemoryStore;

namespace {

Descriptor add_manifest(MemoryStore& store, const std::string& name) {
  const oci::Manifest manifest{std::string(oci::media_type::kOciManifest),
                               "",
                               store.add(oci::media_type::kOciConfig, "config of " + name),
                               {store.add(oci::media_type::kOciLayerGzip, "layer of " + name),
                                store.add(oci::media_type::kOciLayerGzip, "layer of all")},
                               std::nullopt,
                               {}};
  return store.add(oci::media_type::kOciManifest, oci::to_json(manifest));
}

Descriptor add_index(MemoryStore& store, const std::vector<Descriptor>& manifests) {
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  index.manifests = manifests;
  return store.add(oci::media_type::kOciIndex, oci::to_json(index));
}

std::ptrdiff_t place_of(const MemoryStore& store, const Descriptor& blob) {
  return std::find(store.puts.begin(), store.puts.end(), blob.digest.text()) - store.puts.begin();
}

/// Asks to stop when a piece of work begins: the `count`th.
class StopAtBegin : public Reporter {
 public:
  StopAtBegin(std::stop_source& stop, int count) : stop_(stop), left_(count) {}
  void info(std::string_view) override {}
  void warning(std::string_view) override {}
  void debug(std::string_view) override {}
  std::unique_ptr<Progress> begin(std::string_view what, std::uint64_t total) override {
    if (--left_ == 0) stop_.request_stop();
    return silent_reporter().begin(what, total);
  }

 private:
  std::stop_source& stop_;
  int left_;
};

}  // namespace

TEST_CASE("copy_image puts children before parents") {
  MemoryStore from;
  MemoryStore to;
  const Descriptor a = add_manifest(from, "a");
  const Descriptor b = add_manifest(from, "b");
  const Descriptor index = add_index(from, {a, b});
  const CopyResult result = copy_image(from, to, index);
  // Two configurations, two layers and the shared one, two manifests, one index.
  CHECK(result.blobs_copied == 8);
  CHECK(result.blobs_skipped == 1);
  REQUIRE(to.puts.size() == 8);
  CHECK(to.puts.back() == index.digest.text());
  CHECK(place_of(to, a) == 3);
  CHECK(place_of(to, b) == 6);
}

TEST_CASE("copy_image asks once for an image that is there") {
  MemoryStore from;
  MemoryStore to;
  const Descriptor manifest = add_manifest(from, "a");
  (void)copy_image(from, to, manifest);
  to.has_count = 0;
  from.open_count = 0;
  const CopyResult result = copy_image(from, to, manifest);
  CHECK(result.blobs_copied == 0);
  CHECK(to.has_count == 1);
  CHECK(from.open_count == 0);
}

TEST_CASE("copy_image stores no manifest when a blob of it is corrupt") {
  MemoryStore from;
  MemoryStore to;
  const Descriptor manifest = add_manifest(from, "a");
  const oci::Digest layer = oci::Digest::of("layer of a");
  from.corrupt(layer, "layer of b");
  CHECK(test::error_of([&] { (void)copy_image(from, to, manifest); }) ==
        "copy blob " + layer.text() + ": blob " + layer.text() +
            " has other bytes: their digest is " + oci::Digest::of("layer of b").text());
  CHECK_FALSE(to.has(manifest));
}

TEST_CASE("copy_image leaves layers of restricted distribution where they are") {
  MemoryStore from;
  MemoryStore to;
  oci::Manifest manifest{std::string(oci::media_type::kOciManifest),
                         "",
                         from.add(oci::media_type::kOciConfig, "{}"),
                         {{"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                           oci::Digest::of("elsewhere"), 9}},
                         std::nullopt,
                         {}};
  const Descriptor root = from.add(oci::media_type::kOciManifest, oci::to_json(manifest));
  CHECK(copy_image(from, to, root).blobs_copied == 2);
}

TEST_CASE("copy_image refuses what is neither a manifest nor an index") {
  MemoryStore from;
  MemoryStore to;
  const Descriptor text = from.add("text/plain", "hello");
  CHECK(test::error_of([&] { (void)copy_image(from, to, text); }) ==
        text.digest.text() +
            " has the media type \"text/plain\", which is neither a manifest nor an index");
}

TEST_CASE("copy_image refuses indexes within indexes without end") {
  MemoryStore from;
  MemoryStore to;
  Descriptor root = add_manifest(from, "a");
  for (int i = 0; i < 12; ++i) root = add_index(from, {root});
  CHECK(test::kind_of_error([&] { (void)copy_image(from, to, root); }) == "invalid");
  CHECK(to.puts.empty());
}

namespace {

/// Remembers warnings.
class WarningReporter : public Reporter {
 public:
  void info(std::string_view) override {}
  void warning(std::string_view line) override { warnings.emplace_back(line); }
  void debug(std::string_view) override {}
  std::unique_ptr<Progress> begin(std::string_view what, std::uint64_t total) override {
    return silent_reporter().begin(what, total);
  }
  std::vector<std::string> warnings;
};

}  // namespace

TEST_CASE("copy_image says which layer it left out, and takes it when it is there") {
  MemoryStore from;
  MemoryStore to;
  const Descriptor layer{"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                         oci::Digest::of("elsewhere"), 9};
  const oci::Manifest manifest{std::string(oci::media_type::kOciManifest),
                               "",
                               from.add(oci::media_type::kOciConfig, "{}"),
                               {layer},
                               std::nullopt,
                               {}};
  const Descriptor root = from.add(oci::media_type::kOciManifest, oci::to_json(manifest));
  WarningReporter reporter;
  CopyOptions options;
  options.reporter = &reporter;
  (void)copy_image(from, to, root, options);
  REQUIRE(reporter.warnings.size() == 1);
  CHECK(reporter.warnings[0] ==
        "layer " + layer.digest.text() +
            " may not be redistributed and is left out; runtimes download it from the URLs in the "
            "manifest");

  (void)from.add(layer.media_type, "elsewhere");
  MemoryStore again;
  CHECK(copy_image(from, again, root).blobs_copied == 3);
}

TEST_CASE("copy_image with a deep check mends a store that lost a blob") {
  MemoryStore from;
  MemoryStore to;
  const Descriptor manifest = add_manifest(from, "a");
  (void)copy_image(from, to, manifest);
  to.remove(oci::Digest::of("layer of a"));
  CHECK(copy_image(from, to, manifest).blobs_copied == 0);
  CopyOptions options;
  options.check = CopyCheck::deep;
  const CopyResult result = copy_image(from, to, manifest, options);
  CHECK(result.blobs_copied == 1);
  CHECK(result.blobs_skipped == 3);
  CHECK(to.text_of(oci::Digest::of("layer of a")) == "layer of a");
}

TEST_CASE("copy_image stops between blobs and stores no manifest then") {
  MemoryStore from;
  MemoryStore to;
  to.wants_sequence = true;
  const Descriptor manifest = add_manifest(from, "a");
  std::stop_source stop;
  StopAtBegin reporter(stop, 2);
  CHECK(test::error_of([&] {
          (void)copy_image(from, to, manifest, {.reporter = &reporter, .stop = stop.get_token()});
        }) ==
        "copy blob " + oci::Digest::of("layer of all").text() + ": the copy was stopped as asked");
  CHECK(to.puts.size() == 1);
}

TEST_CASE("copy_image keeps the order of the documents where the target wants it") {
  MemoryStore from;
  MemoryStore to;
  to.wants_sequence = true;
  const Descriptor manifest = add_manifest(from, "a");
  (void)copy_image(from, to, manifest);
  CHECK(to.puts == std::vector<std::string>{
                       oci::Digest::of("layer of a").text(), oci::Digest::of("layer of all").text(),
                       oci::Digest::of("config of a").text(), manifest.digest.text()});
}
