// From a user's word to an image of the store: by name, by id or by digest.
//
// What is built is named "localhost/app:latest", and what is pulled "docker.io/library/app:latest"
// or by its full name; people type "app". So a name without a registry is looked for under both,
// the local one first, and a word that is not a name of the store may be the beginning of an id.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/oci/descriptor.h"
#include "modulah/store/layout_store.h"

namespace modulah::images {

/// By what a word names an image.
enum class FoundBy {
  name,    ///< One of the store's names.
  digest,  ///< Of the manifest or index, or the beginning of it.
  id,      ///< Of the configuration, or the beginning of it: several images may have it.
};

/// An image of the local store.
struct FoundImage {
  std::string name;  ///< The stored name that the word stands for; else the word itself.
  FoundBy by = FoundBy::name;
  oci::Descriptor manifest;  ///< A manifest or an index.
};

/// The complete names that `word` may stand for in the store, the likeliest first: "app" gives
/// "localhost/app:latest" and "docker.io/library/app:latest". Throws Error usage when it is not an
/// image name.
[[nodiscard]] std::vector<std::string> candidate_names(std::string_view word);

/// The image that `word` names: NAME[:TAG], NAME@DIGEST (also of an entry of an index), DIGEST,
/// or the first 4 or more digits of an id. Of the images with one id the one that was built, pulled
/// or tagged last is found; see docs/decisions/image-ids.md. Throws Error: usage when it is not an
/// image name, invalid when it is the beginning of several ids.
[[nodiscard]] std::optional<FoundImage> find_image(store::LayoutStore& store,
                                                   std::string_view word);

/// The same. Throws Error not_found, with the nearest name or what to do as a hint, when there is
/// none.
[[nodiscard]] FoundImage require_image(store::LayoutStore& store, std::string_view word);

}  // namespace modulah::images
