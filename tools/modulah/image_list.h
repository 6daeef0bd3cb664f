// The images of the store with what their documents say, and choosing among them: for `images`,
// `prune` and `system df`.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/oci/image_config.h"
#include "modulah/oci/manifest.h"
#include "modulah/store/layout_store.h"

namespace modulah::cli {

/// One image of an index, or the image itself.
struct PlatformImage {
  oci::Descriptor manifest;
  std::string platform;  ///< "wasi/wasm"; empty when nothing says it.
  std::vector<oci::Descriptor> layers;
  std::uint64_t size = 0;  ///< Of manifest, configuration and layers, as stored.
  bool is_stored = true;   ///< False for an entry of an index that was not pulled.
};

struct ListedImage {
  store::StoredImage stored;
  oci::ImageConfig config;  ///< Of the image that would be run; empty when it cannot be read.
  std::vector<PlatformImage> platforms;  ///< Empty when it cannot be read.
  bool is_index = false;

  /// The configuration's digest; of an index, or what cannot be read, its own.
  [[nodiscard]] oci::Digest id() const { return stored.id.value_or(stored.manifest.digest); }
};

/// All images, the one that was added last first. What is wrong with one is in its
/// `stored.problem`.
[[nodiscard]] std::vector<ListedImage> list_images(store::LayoutStore& store);

/// A name's repository and tag; "<none>" for what it does not have.
struct NameParts {
  std::string repository = "<none>";
  std::string tag = "<none>";
};
[[nodiscard]] NameParts split_name(const std::string& name);

/// What --filter may be given: KEY=VALUE with these keys.
inline constexpr std::string_view kImageFilters =
    "before, dangling, digest, id, label, reference, since, until";

/// Removes from `images` what `filters` exclude: of filters with the same key one has to match
/// (but every label), of different keys all. A name that "reference" does not match leaves its
/// image. `now` is in seconds since 1970. Throws Error: usage for a filter that is malformed,
/// not_found for the image of before= and since=.
void apply_filters(store::LayoutStore& store, std::span<const std::string> filters,
                   std::int64_t now, std::vector<ListedImage>& images);

/// Whether a pattern matches a name: the whole of it, or what follows one of its slashes, with or
/// without the tag.
[[nodiscard]] bool matches_name(const std::string& pattern, const std::string& name);

/// The blobs of an image that are stored, with their sizes; what cannot be read is left out.
[[nodiscard]] std::map<oci::Digest, std::uint64_t> blobs_of(store::LayoutStore& store,
                                                            const ListedImage& image);

/// A time that `text` gives: RFC 3339, a date, seconds since 1970, or a duration before `now` such
/// as "24h" or "1h30m". Throws Error usage. In seconds since 1970.
[[nodiscard]] std::int64_t parse_time(std::string_view text, std::int64_t now);

}  // namespace modulah::cli
