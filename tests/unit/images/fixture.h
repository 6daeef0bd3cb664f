// Images in a store of their own, and registries in memory.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modulah/base/files.h"
#include "modulah/images/fetch_image.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"
#include "modulah/store/layout_store.h"

#include "modulah_test/images.h"
#include "modulah_test/memory_store.h"

namespace modulah::test {

inline constexpr const char* kConfig =
    R"({"architecture":"wasm","os":"wasi","config":{},"rootfs":{"type":"layers","diff_ids":[]}})";

/// An image without layers; those with the same `config` and another `note` share a configuration.
inline oci::Descriptor put_noted(image::ImageStore& store, const std::string& note,
                                 const std::string& config = kConfig) {
  const oci::Manifest manifest{std::string(oci::media_type::kOciManifest),
                               "",
                               put_text(store, oci::media_type::kOciConfig, config),
                               {},
                               std::nullopt,
                               {{"note", note}}};
  return put_text(store, oci::media_type::kOciManifest, oci::to_json(manifest));
}

/// The configuration's digest, which is the image's id.
inline oci::Digest id_of(image::ImageStore& store, const oci::Descriptor& manifest) {
  return oci::parse_manifest(oci::read_blob(store, manifest, 1 << 20), "manifest").config.digest;
}

/// An index of images for these platforms.
inline oci::Descriptor put_index(
    image::ImageStore& store, const std::vector<std::pair<std::string, oci::Descriptor>>& entries) {
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  for (const auto& [platform, manifest] : entries) {
    index.manifests.push_back(manifest);
    index.manifests.back().platform = oci::Platform::parse(platform);
  }
  return put_text(store, oci::media_type::kOciIndex, oci::to_json(index));
}

/// A store in a directory that goes with the test.
struct ScratchStore {
  TempDir directory{std::filesystem::temp_directory_path()};
  store::LayoutStore store{directory.path() / "store", store::Access::write};
};

/// Passes everything on to a store that lives elsewhere.
class BorrowedStore : public image::ImageStore {
 public:
  explicit BorrowedStore(image::ImageStore& store) : store_(store) {}
  bool has(const oci::Descriptor& blob) override { return store_.has(blob); }
  std::unique_ptr<Source> open(const oci::Descriptor& blob) override { return store_.open(blob); }
  void put(const oci::Descriptor& blob, Source& content) override { store_.put(blob, content); }
  std::optional<oci::Descriptor> resolve(std::string_view name) override {
    return store_.resolve(name);
  }
  void tag(std::string_view name, const oci::Descriptor& manifest) override {
    store_.tag(name, manifest);
  }

 private:
  image::ImageStore& store_;
};

/// Registries whose repositories are in memory; remembers which were asked for.
class FakeRegistries : public images::Registries {
 public:
  std::unique_ptr<image::ImageStore> open(const oci::Reference& reference) override {
    asked.push_back(reference.name());
    return std::make_unique<BorrowedStore>(repositories[reference.name()]);
  }

  std::vector<std::string> tags(const oci::Reference&) override { return tag_list; }

  std::vector<std::string> tag_list;
  std::map<std::string, MemoryStore> repositories;
  std::vector<std::string> asked;
};

}  // namespace modulah::test
