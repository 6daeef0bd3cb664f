#include "image_source.h"

#include "modulah/oci/media_type.h"

#include "modulah_test/catch.h"

using namespace modulah;
using namespace modulah::runner;

namespace {

/// An index with one entry for each platform; "" has none.
oci::Index index_of(const std::vector<std::string>& platforms) {
  oci::Index index;
  for (const std::string& platform : platforms) {
    oci::Descriptor entry{std::string(oci::media_type::kOciManifest), oci::Digest::of(platform), 1};
    if (!platform.empty()) entry.platform = oci::Platform::parse(platform);
    index.manifests.push_back(entry);
  }
  return index;
}

std::string chosen(const std::vector<std::string>& platforms) {
  const oci::Index index = index_of(platforms);
  const oci::Descriptor* entry = choose_manifest(index);
  if (entry == nullptr) return "(none)";
  return entry->platform ? entry->platform->text() : "(no platform)";
}

}  // namespace

TEST_CASE("the entry for Wasm is taken from an index") {
  CHECK(chosen({"linux/amd64", "wasi/wasm", "linux/wasm"}) == "wasi/wasm");
  CHECK(chosen({"linux/amd64", "wasi/wasm32"}) == "wasi/wasm32");
  CHECK(chosen({"linux/amd64", "wasip1/wasm"}) == "wasip1/wasm");
  CHECK(chosen({"linux/amd64", "unknown/unknown"}) == "linux/amd64");
  CHECK(chosen({""}) == "(no platform)");
  CHECK(chosen({"linux/amd64", "linux/arm64"}) == "(none)");
  CHECK(chosen({}) == "(none)");
}
