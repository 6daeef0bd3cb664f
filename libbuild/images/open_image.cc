// One reader and one writer for each kind of place.
#include "modulah/images/open_image.h"

#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/image/archive.h"
#include "modulah/images/find_image.h"
#include "modulah/store/layout_store.h"

namespace modulah::images {

namespace {

using image::Place;
using image::PlaceKind;

[[noreturn]] void throw_not_on_disk(const Place& place) {
  throw Error(ErrorKind::unsupported,
              fmt::format("\"{}\" is not a place on disk", image::row_of(place.kind).prefix));
}

std::unique_ptr<image::ImageStore> open_blobs(const Place& place,
                                              const std::filesystem::path& path) {
  switch (place.kind) {
    case PlaceKind::oci_archive:
      return std::make_unique<image::ArchiveReader>(path);
    case PlaceKind::oci_directory:
      return std::make_unique<store::LayoutStore>(path, store::Access::read, store::Role::layout);
    case PlaceKind::registry:
    case PlaceKind::docker_archive:
    case PlaceKind::docker_directory:
    case PlaceKind::other:
      break;
  }
  throw_not_on_disk(place);
}

image::CopyResult write_archive(image::ImageStore& from, const oci::Descriptor& root,
                                const Place& place, const std::filesystem::path& path,
                                const image::CopyOptions& options) {
  image::ArchiveWriter archive(path);
  const image::CopyResult copied = image::copy_image(from, archive, root, options);
  archive.tag(place.name, root);
  archive.commit();
  return copied;
}

image::CopyResult write_layout(image::ImageStore& from, const oci::Descriptor& root,
                               const Place& place, const std::filesystem::path& path,
                               const image::CopyOptions& options) {
  store::LayoutStore layout(path, store::Access::write, store::Role::layout);
  const image::CopyResult copied = image::copy_image(from, layout, root, options);
  layout.tag(place.name, root);
  return copied;
}

}  // namespace

OpenedImage open_stored(const std::filesystem::path& root, const std::filesystem::path& directory,
                        std::string_view word, Holding holding) {
  auto store = std::make_unique<store::LayoutStore>(root, store::Access::read);
  if (holding == Holding::blobs) store->hold_blobs();  // Before the image is looked up.
  const bool is_path = word.starts_with('/') || word.starts_with("./") || word.starts_with("../");
  std::error_code ignored;
  if (std::filesystem::is_regular_file(directory / word, ignored) &&
      (is_path || !find_image(*store, word)))
    throw Error(ErrorKind::not_found, fmt::format("\"{}\" is a file, not an image", word),
                fmt::format("Run 'modulah validate {}' to look at a file.", word));
  FoundImage found = require_image(*store, word);
  return {std::move(store), std::move(found.name), std::move(found.manifest)};
}

OpenedImage open_place(const Place& place, const std::filesystem::path& directory,
                       std::string_view word) {
  const std::filesystem::path path = directory / place.path;
  std::unique_ptr<image::ImageStore> blobs = open_blobs(place, path);
  std::optional<oci::Descriptor> manifest = blobs->resolve(place.name);
  if (!manifest)
    throw Error(ErrorKind::not_found,
                place.name.empty()
                    ? fmt::format("{} has no image", path.native())
                    : fmt::format("{} has no image named \"{}\"", path.native(), place.name));
  return {std::move(blobs), std::string(word), std::move(*manifest)};
}

image::CopyResult write_to_place(image::ImageStore& from, const oci::Descriptor& root,
                                 const Place& place, const std::filesystem::path& directory,
                                 const image::CopyOptions& options) {
  const std::filesystem::path path = directory / place.path;
  switch (place.kind) {
    case PlaceKind::oci_archive:
      return write_archive(from, root, place, path, options);
    case PlaceKind::oci_directory:
      return write_layout(from, root, place, path, options);
    case PlaceKind::registry:
    case PlaceKind::docker_archive:
    case PlaceKind::docker_directory:
    case PlaceKind::other:
      break;
  }
  throw_not_on_disk(place);
}

}  // namespace modulah::images
