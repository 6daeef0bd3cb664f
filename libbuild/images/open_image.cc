// One reader for each kind of place.
#include "modulah/images/open_image.h"

#include <array>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/compress.h"
#include "modulah/base/error.h"
#include "modulah/image/archive.h"
#include "modulah/image/docker_archive.h"
#include "modulah/image/docker_directory.h"
#include "modulah/image/layout_format.h"
#include "modulah/images/find_image.h"
#include "modulah/oci/reference.h"
#include "modulah/store/layout_store.h"

namespace modulah::images {

namespace {

namespace fs = std::filesystem;
using image::Place;
using image::PlacedImage;
using image::PlaceKind;

/// How large a compressed archive may be when it is decompressed.
constexpr std::uint64_t kMaxArchiveBytes = std::uint64_t{64} << 30;

/// The path of an archive that can be read anywhere: its own, or that of a decompressed copy in
/// `temporary`.
fs::path plain_archive(const fs::path& path, const fs::path& temporary_directory,
                       std::unique_ptr<TempDir>& temporary) {
  FileSource file(path);
  std::array<std::byte, kDetectBytes> first{};
  const std::size_t count = file.read_at(0, first);
  const Compression compression = detect_compression(std::span(first).first(count));
  if (compression == Compression::none) return path;
  temporary = std::make_unique<TempDir>(temporary_directory);
  fs::path plain = temporary->path() / "archive.tar";
  const std::unique_ptr<Source> bytes = make_decompressor(compression, file);
  std::uint64_t total = 0;
  ObservedSource bounded(*bytes, [&](std::size_t more) {
    total += more;
    if (total > kMaxArchiveBytes)
      throw Error(ErrorKind::invalid, fmt::format("{} is larger than {} GiB when decompressed",
                                                  path.native(), kMaxArchiveBytes >> 30));
  });
  with_context([&] { return path.native(); },
               [&] {
                 AtomicFile out(temporary->path(), 0600);
                 (void)copy(bounded, out);
                 out.commit(plain);
               });
  return plain;
}

/// What the entries of a layout are called: a whole name, or none; the same image is listed once.
std::vector<PlacedImage> placed_images(const std::vector<oci::Descriptor>& entries) {
  std::vector<PlacedImage> images;
  for (const oci::Descriptor& entry : entries) {
    PlacedImage* image = nullptr;
    for (PlacedImage& known : images)
      if (known.manifest.digest == entry.digest) image = &known;
    if (image == nullptr)
      image = &images.emplace_back(PlacedImage{image::without_names(entry), {}});
    if (std::string name = image::full_name(entry); !name.empty())
      image->names.push_back(std::move(name));
  }
  return images;
}

/// The images of a place and what reads them.
OpenedPlace open_kind(const Place& place, const Surroundings& surroundings) {
  const fs::path path = surroundings.directory / place.path;
  OpenedPlace opened;
  switch (place.kind) {
    case PlaceKind::oci_archive: {
      auto archive = std::make_unique<image::ArchiveReader>(
          plain_archive(path, surroundings.temporary_directory, opened.temporary));
      opened.images = placed_images(archive->entries());
      opened.blobs = std::move(archive);
      return opened;
    }
    case PlaceKind::docker_archive: {
      auto archive = std::make_unique<image::DockerArchiveReader>(
          plain_archive(path, surroundings.temporary_directory, opened.temporary));
      opened.images = archive->images();
      opened.blobs = std::move(archive);
      return opened;
    }
    case PlaceKind::oci_directory: {
      auto layout =
          std::make_unique<store::LayoutStore>(path, store::Access::read, store::Role::layout);
      opened.images = placed_images(layout->entries());
      opened.blobs = std::move(layout);
      return opened;
    }
    case PlaceKind::docker_directory: {
      auto directory =
          std::make_unique<image::DockerDirectory>(path, image::DockerDirectory::Access::read);
      if (const auto manifest = directory->resolve("")) opened.images = {{*manifest, {}}};
      opened.blobs = std::move(directory);
      return opened;
    }
    case PlaceKind::registry:
    case PlaceKind::other:
      break;
  }
  throw Error(ErrorKind::unsupported,
              fmt::format("\"{}\" is not a place on disk", image::row_of(place.kind).prefix));
}

}  // namespace

OpenedImage open_stored(const fs::path& root, const fs::path& directory, std::string_view word,
                        Holding holding) {
  auto store = std::make_unique<store::LayoutStore>(root, store::Access::read);
  if (holding == Holding::blobs) store->hold_blobs();  // Before the image is looked up.
  const bool is_path = word.starts_with('/') || word.starts_with("./") || word.starts_with("../");
  std::error_code ignored;
  if (fs::is_regular_file(directory / word, ignored) && (is_path || !find_image(*store, word)))
    throw Error(ErrorKind::not_found, fmt::format("\"{}\" is a file, not an image", word),
                fmt::format("Run 'modulah validate {}' to look at a file.", word));
  FoundImage found = require_image(*store, word);
  std::vector<std::string> names;
  if (found.by == FoundBy::name) names.push_back(found.name);
  return {nullptr, std::move(store), std::move(found.name), std::move(found.manifest),
          std::move(names)};
}

OpenedImage open_place(const Place& place, const Surroundings& surroundings,
                       std::string_view word) {
  OpenedPlace opened = open_kind(place, surroundings);
  std::optional<oci::Descriptor> manifest = opened.blobs->resolve(place.name);
  const std::string path = (surroundings.directory / place.path).native();
  if (!manifest)
    throw Error(ErrorKind::not_found,
                place.name.empty() ? fmt::format("{} has no image", path)
                                   : fmt::format("{} has no image named \"{}\"", path, place.name));
  std::vector<std::string> names;
  for (const PlacedImage& image : opened.images)
    if (image.manifest.digest == manifest->digest) names = image.names;
  return {std::move(opened.temporary), std::move(opened.blobs), std::string(word),
          std::move(*manifest), std::move(names)};
}

OpenedPlace open_all(const Place& place, const Surroundings& surroundings) {
  return open_kind(place, surroundings);
}

Place recognize_place(const fs::path& path, const Surroundings& surroundings) {
  const fs::path whole = surroundings.directory / path;
  std::error_code ignored;
  if (fs::is_directory(whole, ignored)) {
    const bool is_layout = fs::exists(whole / image::kLayoutMarkerName, ignored);
    return {is_layout ? PlaceKind::oci_directory : PlaceKind::docker_directory, path.native(), {}};
  }
  // docker writes both; the layout has the manifests, the list beside it does not.
  std::unique_ptr<TempDir> temporary;
  const fs::path plain = plain_archive(whole, surroundings.temporary_directory, temporary);
  const image::ArchiveKind kind = image::kind_of_archive(plain);
  return {kind == image::ArchiveKind::oci ? PlaceKind::oci_archive : PlaceKind::docker_archive,
          path.native(),
          {}};
}

}  // namespace modulah::images
