// Listing a store's images and removing them.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/image/layout_format.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

#include "layout_state.h"

namespace modulah::store {

namespace {

constexpr std::size_t kMinPrefix = 4;
constexpr int kMaxIndexDepth = 8;

/// Adds up the blobs of an image that are in the store, each once.
class Sizes {
 public:
  explicit Sizes(LayoutStore& store) : store_(store) {}

  void add_document(const oci::Descriptor& document, int depth) {
    if (!add(document) || depth > kMaxIndexDepth) return;
    const std::string text = oci::read_blob(store_, document, oci::kMaxDocumentBytes);
    if (oci::is_index(document.media_type)) {
      for (const auto& entry : oci::parse_index(text, document.digest.text()).manifests)
        add_document(entry, depth + 1);
    } else if (oci::is_manifest(document.media_type)) {
      const oci::Manifest manifest = oci::parse_manifest(text, document.digest.text());
      if (depth == 0) config = manifest.config.digest;
      add(manifest.config);
      for (const auto& layer : manifest.layers) add(layer);
    }
  }

  std::optional<oci::Digest> config;  ///< Of the image itself, when it is a manifest.
  std::uint64_t total = 0;

 private:
  /// False when the blob was counted already or is not here.
  bool add(const oci::Descriptor& blob) {
    if (!store_.has(blob) || !seen_.insert(blob.digest).second) return false;
    total += blob.size;
    return true;
  }

  LayoutStore& store_;
  std::set<oci::Digest> seen_;
};

/// An image that cannot be read is listed all the same, with the reason: or nobody could remove it.
void look_into(LayoutStore& store, StoredImage& image) {
  Sizes sizes(store);
  try {
    if (!store.has(image.manifest)) (void)store.open(image.manifest);  // Says what is wrong.
    sizes.add_document(image.manifest, 0);
    image.id = sizes.config ? sizes.config : image.manifest.digest;
  } catch (const Error& error) {
    image.problem = error.message();
  }
  image.size = sizes.total;
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::vector<StoredImage> LayoutStore::images() {
  const LayoutIndex index = state_->read_index();
  std::vector<StoredImage> images;
  std::map<oci::Digest, std::size_t> places;
  for (const oci::Descriptor& entry : index.entries()) {
    const auto [place, is_new] = places.emplace(entry.digest, images.size());
    if (is_new) {
      images.push_back({entry, {}, std::nullopt, 0, {}});
      images.back().manifest.annotations.erase(std::string(image::kRefName));
    }
    const std::string_view name = image::ref_name(entry);
    if (!name.empty()) images[place->second].names.emplace_back(name);
  }
  for (StoredImage& image : images) look_into(*this, image);
  return images;
}

std::vector<StoredImage> LayoutStore::find_by_id(std::string_view hex) {
  if (hex.starts_with("sha256:")) hex.remove_prefix(7);
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (hex.size() < kMinPrefix || !std::all_of(hex.begin(), hex.end(), is_hex)) return {};
  std::vector<StoredImage> found = images();
  std::erase_if(found, [&](const StoredImage& image) {
    return !image.manifest.digest.hex().starts_with(hex) &&
           !(image.id && image.id->hex().starts_with(hex));
  });
  return found;
}

bool LayoutStore::untag(std::string_view name) {
  bool is_found = false;
  state_->change_index([&](LayoutIndex& index) { return is_found = index.untag(name); });
  return is_found;
}

Removal LayoutStore::remove(std::string_view name_or_id, Removing removing) {
  state_->check_writable();
  const std::vector<StoredImage> all = images();
  const auto named = std::find_if(all.begin(), all.end(), [&](const StoredImage& image) {
    return std::find(image.names.begin(), image.names.end(), name_or_id) != image.names.end();
  });
  Removal removal;
  const bool is_by_name = named != all.end();
  if (is_by_name && named->names.size() > 1 && removing == Removing::last_name_only) {
    untag(name_or_id);
    removal.untagged.emplace_back(name_or_id);
    return removal;
  }
  const std::vector<StoredImage> found =
      is_by_name ? std::vector<StoredImage>{*named} : find_by_id(name_or_id);
  if (found.empty())
    throw Error(ErrorKind::not_found, fmt::format("image \"{}\" is not in the store", name_or_id));
  if (found.size() > 1)
    throw Error(ErrorKind::invalid,
                fmt::format("\"{}\" is the beginning of {} images' ids", name_or_id, found.size()),
                "Give more digits of the id.");
  const StoredImage& image = found.front();
  if (!is_by_name && image.names.size() > 1 && removing == Removing::last_name_only)
    throw Error(ErrorKind::invalid,
                fmt::format("image {} has several names: {}", image.manifest.digest.short_hex(),
                            joined(image.names)),
                "Remove it by one name after the other, or all at once with --force.");
  removal.untagged = image.names;
  removal.deleted = image.manifest.digest;
  state_->change_index([&](LayoutIndex& index) {
    index.remove(image.manifest.digest);
    return true;
  });
  state_->collect_garbage(removal);
  return removal;
}

Removal LayoutStore::prune() {
  Removal removal;
  state_->change_index([](LayoutIndex& index) { return index.remove_unnamed() > 0; });
  state_->collect_garbage(removal);
  return removal;
}

}  // namespace modulah::store
