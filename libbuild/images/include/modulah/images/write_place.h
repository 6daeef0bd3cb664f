// Writing images to places on disk.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "modulah/image/copy.h"
#include "modulah/image/image_store.h"
#include "modulah/image/place.h"

namespace modulah::images {

/// Writes images to one place. An archive appears under its name, whole, on `commit`; or never.
class PlaceWriter {
 public:
  virtual ~PlaceWriter() = default;
  /// Adds an image that is called `names` (complete references) where it comes from. In the place
  /// it is called as the place says, else by these names. Throws Error as copying and writing do.
  virtual image::CopyResult add(image::ImageStore& from, const oci::Descriptor& root,
                                const std::vector<std::string>& names,
                                const image::CopyOptions& options) = 0;
  /// Call once, last. Throws Error.
  virtual void commit() = 0;
};

/// A writer for a place on disk; a relative path is one of `directory`. Throws Error.
[[nodiscard]] std::unique_ptr<PlaceWriter> make_place_writer(
    const image::Place& place, const std::filesystem::path& directory);

/// Copies one image to a place on disk.
image::CopyResult write_to_place(image::ImageStore& from, const oci::Descriptor& root,
                                 const std::vector<std::string>& names, const image::Place& place,
                                 const std::filesystem::path& directory,
                                 const image::CopyOptions& options = {});

}  // namespace modulah::images
