// Opening an image for reading, in the store or in a place on disk, and writing one to a place.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "modulah/image/copy.h"
#include "modulah/image/image_store.h"
#include "modulah/image/place.h"
#include "modulah/oci/descriptor.h"

namespace modulah::images {

/// An image and the place that its blobs are read from.
struct OpenedImage {
  std::unique_ptr<image::ImageStore> blobs;  ///< Never null.
  std::string name;                          ///< For messages.
  oci::Descriptor manifest;                  ///< A manifest or an index.
};

/// Whether an opened image of the store keeps its blobs when it is removed meanwhile.
enum class Holding {
  blobs,    ///< They stay until it is closed; see LayoutStore::hold_blobs().
  nothing,  ///< For callers that may run for days.
};

/// Opens the image that `word` names in the store at `root`. Throws Error as `require_image`; a
/// word that is a file in `directory` and not an image gets a hint of its own.
[[nodiscard]] OpenedImage open_stored(const std::filesystem::path& root,
                                      const std::filesystem::path& directory, std::string_view word,
                                      Holding holding = Holding::blobs);

/// Opens the image in a place on disk; a relative path is one of `directory`, and `word` is what
/// the user wrote, for messages. Throws Error not_found, or as reading it does.
[[nodiscard]] OpenedImage open_place(const image::Place& place,
                                     const std::filesystem::path& directory, std::string_view word);

/// Copies an image to a place on disk, under the name that the place says, or none. A relative path
/// is one of `directory`. Throws Error as copying and writing do.
image::CopyResult write_to_place(image::ImageStore& from, const oci::Descriptor& root,
                                 const image::Place& place, const std::filesystem::path& directory,
                                 const image::CopyOptions& options = {});

}  // namespace modulah::images
