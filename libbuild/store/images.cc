// Listing a store's images and removing them.
#include <algorithm>
#include <set>

#include <sys/stat.h>

#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/base/error.h"
#include "modulah/image/layout_format.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

#include "layout_index.h"
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
    if (!store_.has_file(blob) || !seen_.insert(blob.digest).second) return false;
    total += blob.size;
    return true;
  }

  LayoutStore& store_;
  std::set<oci::Digest> seen_;
};

/// When the file of a manifest was written, or last renewed by `tag`.
std::int64_t added_time(const std::filesystem::path& manifest) {
  struct stat status {};
  if (::stat(manifest.c_str(), &status) != 0) return 0;
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

/// An image that cannot be read is listed all the same, with the reason: or nobody could remove it.
void look_into(LayoutStore& store, StoredImage& image) {
  Sizes sizes(store);
  try {
    if (!store.has_file(image.manifest)) (void)store.open(image.manifest);  // Says what is wrong.
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

std::optional<oci::Digest> find_named(const LayoutIndex& index, std::string_view name) {
  for (const oci::Descriptor& entry : index.entries())
    if (!name.empty() && image::ref_name(entry) == name) return entry.digest;
  return std::nullopt;
}

/// The names of a manifest; nothing when it is not listed.
std::optional<std::vector<std::string>> names_of(const LayoutIndex& index,
                                                 const oci::Digest& digest) {
  std::optional<std::vector<std::string>> names;
  for (const oci::Descriptor& entry : index.entries()) {
    if (entry.digest != digest) continue;
    if (!names) names.emplace();
    if (const std::string_view name = image::ref_name(entry); !name.empty())
      names->emplace_back(name);
  }
  return names;
}

[[noreturn]] void throw_not_stored(std::string_view name_or_id) {
  throw Error(ErrorKind::not_found, fmt::format("image \"{}\" is not in the store", name_or_id));
}

/// The manifest of the one image whose id begins so.
oci::Digest require_id(LayoutStore& store, std::string_view id) {
  const std::vector<StoredImage> found = store.find_by_id(id);
  if (found.empty()) throw_not_stored(id);
  if (found.size() > 1)
    throw Error(ErrorKind::invalid,
                fmt::format("\"{}\" is the beginning of {} images' ids", id, found.size()),
                "Give more digits of the id.");
  return found.front().manifest.digest;
}

}  // namespace

std::vector<oci::Descriptor> LayoutStore::entries() { return state_->read_index().entries(); }

std::vector<StoredImage> LayoutStore::images() {
  const LayoutIndex index = state_->read_index();
  std::vector<StoredImage> images;
  std::map<oci::Digest, std::vector<std::string>> names;
  std::set<oci::Digest> seen;
  for (const oci::Descriptor& entry : index.entries())
    if (const std::string_view name = image::ref_name(entry); !name.empty())
      names[entry.digest].emplace_back(name);
  // An image is where its last entry is: there it was tagged last.
  const std::vector<oci::Descriptor>& entries = index.entries();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!seen.insert(entry->digest).second) continue;
    images.push_back({*entry, names[entry->digest], std::nullopt, 0, {}, 0});
    images.back().manifest.annotations.erase(std::string(image::kRefName));
  }
  std::reverse(images.begin(), images.end());
  for (StoredImage& image : images) {
    look_into(*this, image);
    image.added = added_time(state_->blob_files.path_of(image.manifest.digest.hex()));
  }
  return images;
}

std::vector<StoredImage> LayoutStore::find_by_id(std::string_view hex) {
  if (hex.starts_with("sha256:")) hex.remove_prefix(7);
  if (hex.size() < kMinPrefix || !is_hex(hex)) return {};
  std::vector<StoredImage> found = images();
  std::erase_if(found, [&](const StoredImage& image) {
    return !image.manifest.digest.hex().starts_with(hex) &&
           !(image.id && image.id->hex().starts_with(hex));
  });
  return found;
}

bool LayoutStore::untag(std::string_view name) {
  bool is_found = false;
  (void)state_->change_index_on_full_disk(
      [&](LayoutIndex& index) { return is_found = index.untag(name); });
  return is_found;
}

Removal LayoutStore::remove(std::string_view name_or_id, Removing removing) {
  state_->check_writable();
  // Ids are read from documents without the lock. Which names an image has is read under
  // it: one that another process gives it meanwhile is not lost.
  std::optional<oci::Digest> by_id;
  if (!find_named(state_->read_index(), name_or_id)) by_id = require_id(*this, name_or_id);
  Removal removal;
  const std::uint64_t freed = state_->change_index_on_full_disk([&](LayoutIndex& index) {
    removal = {};
    const std::optional<oci::Digest> digest = by_id ? by_id : find_named(index, name_or_id);
    const auto names = digest ? names_of(index, *digest) : std::nullopt;
    if (!names) throw_not_stored(name_or_id);
    const bool has_others = names->size() > 1 && removing == Removing::last_name_only;
    if (has_others && by_id)
      throw Error(
          ErrorKind::invalid,
          fmt::format("image {} has several names: {}", digest->short_hex(), joined(*names)),
          "Remove it by one name after the other, or all at once with --force.");
    if (has_others) {
      removal.untagged.emplace_back(name_or_id);
      return index.untag(name_or_id);
    }
    removal.untagged = *names;
    removal.deleted = digest;
    index.remove(*digest);
    return true;
  });
  removal.freed_bytes = freed;
  if (removal.deleted) state_->collect_garbage(removal);
  return removal;
}

Removal LayoutStore::prune() {
  Removal removal;
  removal.freed_bytes = state_->change_index_on_full_disk(
      [](LayoutIndex& index) { return index.remove_unnamed() > 0; });
  state_->collect_garbage(removal);
  return removal;
}

}  // namespace modulah::store
