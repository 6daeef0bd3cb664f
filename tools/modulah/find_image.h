// From a user's word to an image: by name, by id, by digest, or in a layout on disk.
//
// What is built is named "localhost/app:latest", and what is pulled "docker.io/library/app:latest"
// or whole; people type "app". So a name without a registry is looked for under both, the local one
// first, and a word that is no name of the store may be the beginning of an id.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/image/image_store.h"
#include "modulah/store/layout_store.h"

#include "command.h"

namespace modulah::cli {

/// An image of the local store.
struct FoundImage {
  std::string name;  ///< The stored name that the word stands for; the word itself for an id.
  bool is_by_name = false;   ///< False: by id or digest, `name` is not one of the store's names.
  oci::Descriptor manifest;  ///< A manifest or an index.
};

/// The complete names that `word` may stand for in the store, the likeliest first: "app" gives
/// "localhost/app:latest" and "docker.io/library/app:latest". Throws Error invalid for what is no
/// image name.
[[nodiscard]] std::vector<std::string> candidate_names(std::string_view word);

/// The image that `word` names: NAME[:TAG], NAME@DIGEST (also of an entry of an index), DIGEST,
/// or the first 4 or more digits of an id. Throws Error: invalid when it is no image name, or is
/// the beginning of several ids.
[[nodiscard]] std::optional<FoundImage> find_image(store::LayoutStore& store,
                                                   std::string_view word);

/// The same. Throws Error not_found, with the nearest name or what to do as a hint, when there is
/// none.
[[nodiscard]] FoundImage require_image(store::LayoutStore& store, std::string_view word);

/// An image and the place that its blobs are read from.
struct OpenedImage {
  std::unique_ptr<image::ImageStore> blobs;  ///< Never null.
  std::string name;                          ///< For messages.
  oci::Descriptor manifest;                  ///< A manifest or an index.
};

/// Whether an opened image of the store keeps its blobs when it is removed meanwhile.
enum class Holding {
  blobs,    ///< They stay until it is closed; see LayoutStore::hold_blobs().
  nothing,  ///< For who may run for days.
};

/// Opens the image that `word` names in the local store, or, written "oci:DIR[:REF]" or
/// "oci-archive:FILE[:REF]", in a layout on disk. Throws Error as `require_image`.
[[nodiscard]] OpenedImage open_image(const Invocation& invocation, std::string_view word,
                                     Holding holding = Holding::blobs);
/// The same for places on disk only; nothing when `word` names none.
[[nodiscard]] std::optional<OpenedImage> open_layout(const World& world, std::string_view word);

}  // namespace modulah::cli
