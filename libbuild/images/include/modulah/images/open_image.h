// Opening images for reading, in the store or in a place on disk.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/files.h"
#include "modulah/image/image_store.h"
#include "modulah/image/place.h"
#include "modulah/image/placed_image.h"
#include "modulah/oci/descriptor.h"

namespace modulah::images {

/// An image and the place that its blobs are read from.
struct OpenedImage {
  std::unique_ptr<TempDir> temporary;        ///< What was decompressed for reading, or null.
  std::unique_ptr<image::ImageStore> blobs;  ///< Never null.
  std::string name;                          ///< For messages.
  oci::Descriptor manifest;                  ///< A manifest or an index.
  /// The complete names that it has in its place, the one that was asked for first.
  std::vector<std::string> names;
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

/// Where places on disk are.
struct Surroundings {
  std::filesystem::path directory;            ///< Relative paths are in it.
  std::filesystem::path temporary_directory;  ///< For what has to be decompressed.
};

/// Opens the image in a place on disk; `word` is what the user wrote, for messages. Throws Error
/// not_found, or as reading it does.
[[nodiscard]] OpenedImage open_place(const image::Place& place, const Surroundings& surroundings,
                                     std::string_view word);

/// All images of a place.
struct OpenedPlace {
  std::unique_ptr<TempDir> temporary;        ///< What was decompressed for reading, or null.
  std::unique_ptr<image::ImageStore> blobs;  ///< Never null.
  std::vector<image::PlacedImage> images;    ///< In the place's order.
};

/// Opens all images of a place on disk, whatever name it says. Throws Error as reading it does.
[[nodiscard]] OpenedPlace open_all(const image::Place& place, const Surroundings& surroundings);

/// What a file or directory with images is: an OCI layout, or a docker-archive or its directory.
/// Looks through a compressed archive as well. Throws Error invalid when it is nothing of these.
[[nodiscard]] image::Place recognize_place(const std::filesystem::path& path,
                                           const Surroundings& surroundings);

}  // namespace modulah::images
